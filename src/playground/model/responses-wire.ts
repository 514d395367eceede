import type OpenAI from "openai";
import { hearResponses } from "./responses-request.ts";
import type { Spoken } from "./spoken.ts";
import { pieces, type Wire } from "./wire.ts";

type Response = OpenAI.Responses.Response;
type Item = OpenAI.Responses.ResponseOutputItem;
type Event = OpenAI.Responses.ResponseStreamEvent;
type Unnumbered = Event extends infer One ? (One extends Event ? Omit<One, "sequence_number"> : never) : never;

/** OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses */
export const responsesWire: Wire = {
  name: "responses",
  refuseHeaders(headers) {
    return headers.get("authorization")
      ? undefined
      : { status: 401, message: "You didn't provide an API key in the Authorization header." };
  },
  hear: hearResponses,
  json: responseOf,
  events(spoken) {
    const response = responseOf(spoken);
    const begun: Response = { ...response, status: "in_progress", output: [], output_text: "" };
    const events: readonly Unnumbered[] = [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...response.output.flatMap(eventsOf),
      response.status === "incomplete"
        ? { type: "response.incomplete", response }
        : { type: "response.completed", response },
    ];
    return events.map((event, index) => written({ ...event, sequence_number: index }));
  },
  error(status, message) {
    const type = status === 429 ? "rate_limit_exceeded" : status < 500 ? "invalid_request_error" : "server_error";
    return { error: { message, type, param: null, code: status === 401 ? "invalid_api_key" : null } };
  },
  errorEvent(message) {
    return written({ type: "error", code: "server_error", message, param: null, sequence_number: 0 });
  },
};

function eventsOf(item: Item, index: number): readonly Unnumbered[] {
  const added = { type: "response.output_item.added", output_index: index } as const;
  const done = { type: "response.output_item.done", output_index: index, item } as const;
  switch (item.type) {
    case "message": {
      const place = { item_id: item.id, output_index: index, content_index: 0 };
      const [part] = item.content;
      if (part?.type !== "output_text") return [];
      return [
        { ...added, item: { ...item, status: "in_progress", content: [] } },
        { ...place, type: "response.content_part.added", part: { ...part, text: "" } },
        ...pieces(part.text).map((delta) => ({
          ...place,
          type: "response.output_text.delta" as const,
          delta,
          logprobs: [],
        })),
        { ...place, type: "response.output_text.done", text: part.text, logprobs: [] },
        { ...place, type: "response.content_part.done", part },
        done,
      ];
    }
    case "function_call": {
      const place = { item_id: item.id ?? "", output_index: index };
      return [
        { ...added, item: { ...item, arguments: "", status: "in_progress" } },
        ...pieces(item.arguments).map((delta) => ({
          ...place,
          type: "response.function_call_arguments.delta" as const,
          delta,
        })),
        { ...place, type: "response.function_call_arguments.done", arguments: item.arguments },
        done,
      ];
    }
    default:
      return [{ ...added, item }, done];
  }
}

function responseOf(spoken: Spoken): Response {
  const reason = { max_tokens: "max_output_tokens", refusal: "content_filter" } as const;
  const cut =
    spoken.stopReason === "max_tokens" || spoken.stopReason === "refusal" ? reason[spoken.stopReason] : undefined;
  return {
    id: `resp_${spoken.id}`,
    access_programs: null,
    object: "response",
    created_at: 0,
    model: spoken.model,
    status: cut ? "incomplete" : "completed",
    error: null,
    incomplete_details: cut ? { reason: cut } : null,
    instructions: null,
    metadata: null,
    output: itemsOf(spoken),
    output_text: spoken.text ?? "",
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: "auto",
    tools: [],
    top_p: null,
    usage: usageOf(spoken),
  };
}

function itemsOf({ id, thinking, text, calls }: Spoken): Item[] {
  return [
    ...(thinking === undefined
      ? []
      : [
          {
            type: "reasoning" as const,
            id: `rs_${id}`,
            summary: [],
            encrypted_content: Buffer.from(thinking).toString("base64"),
          },
        ]),
    ...(text === undefined
      ? []
      : [
          {
            type: "message" as const,
            id: `msg_${id}`,
            role: "assistant" as const,
            status: "completed" as const,
            content: [{ type: "output_text" as const, text, annotations: [], logprobs: [] }],
          },
        ]),
    ...calls.map((call) => ({
      type: "function_call" as const,
      id: `fc_${call.id}`,
      call_id: call.id,
      name: call.name,
      arguments: call.json,
      status: "completed" as const,
    })),
  ];
}

function usageOf({ usage }: Spoken): OpenAI.Responses.ResponseUsage {
  const input = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: input + usage.output,
  };
}

function written(event: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
