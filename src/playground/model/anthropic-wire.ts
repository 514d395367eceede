import { anthropicRequest, type Block } from "./anthropic-request.ts";
import type { HeardEntry } from "./heard.ts";
import type { Spoken } from "./spoken.ts";
import { pieces, type Wire } from "./wire.ts";

/** Anthropic's Messages API: https://platform.claude.com/docs/en/api/messages */
export const anthropicWire: Wire = {
  name: "anthropic",
  refuseHeaders(headers) {
    if (!headers.get("x-api-key") && !headers.get("authorization")) {
      return { status: 401, message: "x-api-key header is required" };
    }
    if (!headers.get("anthropic-version")) return { status: 400, message: "anthropic-version: header is required" };
    return undefined;
  },
  hear(body) {
    const heard = anthropicRequest.parse(body);
    return {
      model: heard.model,
      system: blocksOf(heard.system).map(textOf).join("\n"),
      entries: heard.messages.map((message) => entry(message.role, blocksOf(message.content))),
      tools: heard.tools.map((tool) => tool.name),
      forced: heard.tool_choice && (heard.tool_choice.type === "any" ? "any" : heard.tool_choice.name),
      stream: heard.stream,
      caches: JSON.stringify(body).includes('"cache_control"'),
      streamsUsage: true,
    };
  },
  json(spoken) {
    return {
      ...opening(spoken),
      content: [
        ...(spoken.thinking === undefined
          ? []
          : [{ type: "thinking", thinking: spoken.thinking, signature: signatureOf(spoken) }]),
        ...(spoken.text === undefined ? [] : [{ type: "text", text: spoken.text, citations: null }]),
        ...spoken.calls.map((call) => ({ type: "tool_use", id: call.id, name: call.name, input: lenient(call.json) })),
      ],
      stop_reason: stopReason(spoken),
      usage: usageOf(spoken),
    };
  },
  events(spoken) {
    const blocks = [
      ...(spoken.thinking === undefined
        ? []
        : [
            {
              start: { type: "thinking", thinking: "", signature: "" },
              deltas: [
                ...pieces(spoken.thinking).map((part) => ({ type: "thinking_delta", thinking: part })),
                { type: "signature_delta", signature: signatureOf(spoken) },
              ],
            },
          ]),
      ...(spoken.text === undefined
        ? []
        : [
            {
              start: { type: "text", text: "" },
              deltas: pieces(spoken.text).map((text) => ({ type: "text_delta", text })),
            },
          ]),
      ...spoken.calls.map((call) => ({
        start: { type: "tool_use", id: call.id, name: call.name, input: {} },
        deltas: pieces(call.json).map((part) => ({ type: "input_json_delta", partial_json: part })),
      })),
    ];
    return [
      event({
        type: "message_start",
        message: {
          ...opening(spoken),
          content: [],
          stop_reason: null,
          usage: { ...usageOf(spoken), output_tokens: 1 },
        },
      }),
      event({ type: "ping" }),
      ...blocks.flatMap(({ start, deltas }, index) => [
        event({ type: "content_block_start", index, content_block: start }),
        ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
        event({ type: "content_block_stop", index }),
      ]),
      event({
        type: "message_delta",
        delta: { stop_reason: stopReason(spoken), stop_sequence: null },
        usage: { output_tokens: spoken.usage.output, output_tokens_details: detailsOf(spoken) },
      }),
      event({ type: "message_stop" }),
    ];
  },
  errorEvent(message) {
    return event({ type: "error", error: { type: "overloaded_error", message } });
  },
  error(status, message) {
    return { type: "error", error: { type: errorType(status), message }, request_id: "req_scripted" };
  },
};

function blocksOf(content: string | readonly Block[]): readonly Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function entry(role: "user" | "assistant", blocks: readonly Block[]): HeardEntry {
  const results = blocks.flatMap((of) => (of.type === "tool_result" ? [of.tool_use_id] : []));
  const calls = blocks.flatMap((of) => (of.type === "tool_use" ? [of.id] : []));
  return {
    role: results.length > 0 ? "tool" : role,
    text: blocks.map(textOf).join("\n"),
    calls: results.length > 0 ? results : calls,
    images: blocks.reduce((sum, of) => sum + picturesIn(of), 0),
  };
}

function picturesIn(of: Block): number {
  if (of.type === "tool_result" && typeof of.content !== "string") return of.content.filter(isPicture).length;
  return isPicture(of) ? 1 : 0;
}

function isPicture({ type }: { readonly type: string }): boolean {
  return type === "image";
}

function textOf(of: Block): string {
  switch (of.type) {
    case "image":
      return "";
    case "text":
      return of.text;
    case "thinking":
      return of.thinking;
    case "tool_use":
      return `${of.name} ${JSON.stringify(of.input)}`;
    case "tool_result": {
      const text = typeof of.content === "string" ? of.content : of.content.map(textOf).join("\n");
      return of.is_error ? `ERROR: ${text}` : text;
    }
    default:
      return of satisfies never;
  }
}

function opening(spoken: Spoken): object {
  return { id: `msg_${spoken.id}`, type: "message", role: "assistant", model: spoken.model, stop_sequence: null };
}

function signatureOf(spoken: Spoken): string {
  return `signature_${spoken.id}`;
}

function stopReason(spoken: Spoken): string {
  const names = { end: "end_turn", tool_calls: "tool_use", max_tokens: "max_tokens", refusal: "refusal" } as const;
  return names[spoken.stopReason];
}

function usageOf(spoken: Spoken): object {
  return {
    input_tokens: spoken.usage.input,
    output_tokens: spoken.usage.output,
    cache_read_input_tokens: spoken.usage.cacheRead,
    cache_creation_input_tokens: spoken.usage.cacheWrite,
    output_tokens_details: detailsOf(spoken),
  };
}

function detailsOf({ usage }: Spoken): object | null {
  return usage.reasoning === undefined ? null : { thinking_tokens: usage.reasoning };
}

function errorType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
  };
  return types[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

function event(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

// Outside a stream the format has no place for broken JSON, so it travels as a string.
function lenient(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
