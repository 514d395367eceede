import { z } from "zod";
import { strictFormat } from "./closed-schema.ts";
import type { HeardEntry } from "./heard.ts";
import type { Spoken } from "./spoken.ts";
import { pieces, type Wire } from "./wire.ts";

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string().regex(/^data:image\/\w+;base64,[\w+/]+=*$/) }),
});
// Only a user's message has a place for pictures.
const content = z.union([z.string(), z.array(textPart)]);
const shown = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart]))]);
const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content }),
  z.object({ role: z.literal("developer"), content }),
  z.object({ role: z.literal("user"), content: shown }),
  z.object({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z
      .array(
        z.object({
          id: z.string(),
          type: z.literal("function"),
          function: z.object({ name: z.string(), arguments: z.string() }),
        }),
      )
      .default([]),
  }),
  z.object({ role: z.literal("tool"), content, tool_call_id: z.string() }),
]);
type WireMessage = z.infer<typeof message>;

const request = z.object({
  model: z.string(),
  messages: z.array(message).min(1),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({ name: z.string(), parameters: z.looseObject({ type: z.literal("object") }) }),
      }),
    )
    .min(1)
    .optional(),
  max_tokens: z.number().int().positive().optional(),
  max_completion_tokens: z.number().int().positive().optional(),
  reasoning_effort: z.enum(["low", "medium", "high"]).optional(),
  response_format: z.object({ type: z.literal("json_schema"), json_schema: strictFormat }).optional(),
  tool_choice: z
    .union([z.literal("required"), z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) })])
    .optional(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean().default(false) }).optional(),
});

/** OpenAI's Chat Completions API: https://platform.openai.com/docs/api-reference/chat */
export const openaiWire: Wire = {
  name: "openai",
  refuseHeaders(headers) {
    return headers.get("authorization")
      ? undefined
      : { status: 401, message: "You didn't provide an API key in the Authorization header." };
  },
  hear(body) {
    const heard = request.parse(body);
    const system = heard.messages.filter((of) => of.role === "system" || of.role === "developer");
    return {
      model: heard.model,
      system: system.map((of) => plain(of.content)).join("\n"),
      entries: entriesOf(heard.messages),
      tools: (heard.tools ?? []).map((tool) => tool.function.name),
      forced: typeof heard.tool_choice === "object" ? heard.tool_choice.function.name : heard.tool_choice && "any",
      stream: heard.stream,
      caches: true,
      streamsUsage: heard.stream_options?.include_usage ?? false,
    };
  },
  json(spoken) {
    return {
      ...opening(spoken, "chat.completion"),
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: spoken.text ?? null,
            ...(spoken.thinking !== undefined && { reasoning_content: spoken.thinking }),
            refusal: null,
            ...(spoken.calls.length > 0 && { tool_calls: spoken.calls.map(toolCall) }),
          },
          finish_reason: finishReason(spoken),
          logprobs: null,
        },
      ],
      usage: usageOf(spoken),
    };
  },
  events(spoken, heard) {
    const chunk = (delta: object, finish: string | null = null): string =>
      event({
        ...opening(spoken, "chat.completion.chunk"),
        choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
      });
    return [
      chunk({ role: "assistant", content: spoken.text === undefined ? null : "" }),
      ...pieces(spoken.thinking ?? "").map((part) => chunk({ reasoning_content: part })),
      ...pieces(spoken.text ?? "").map((part) => chunk({ content: part })),
      ...spoken.calls.flatMap((call, index) => [
        chunk({ tool_calls: [{ index, ...toolCall({ ...call, json: "" }) }] }),
        ...pieces(call.json).map((part) => chunk({ tool_calls: [{ index, function: { arguments: part } }] })),
      ]),
      chunk({}, finishReason(spoken)),
      ...(heard.streamsUsage
        ? [event({ ...opening(spoken, "chat.completion.chunk"), choices: [], usage: usageOf(spoken) })]
        : []),
      "data: [DONE]\n\n",
    ];
  },
  errorEvent(message) {
    return event({ error: { message, type: "server_error", code: 502 } });
  },
  error(status, text) {
    const type = status === 429 ? "rate_limit_exceeded" : status < 500 ? "invalid_request_error" : "server_error";
    return { error: { message: text, type, param: null, code: status === 401 ? "invalid_api_key" : null } };
  },
};

/** Tool messages that follow each other answer one assistant together, so they become one entry. */
function entriesOf(messages: readonly WireMessage[]): readonly HeardEntry[] {
  const entries: HeardEntry[] = [];
  for (const of of messages) {
    switch (of.role) {
      case "system":
      case "developer":
        break;
      case "user":
        entries.push({ role: "user", text: plain(of.content), calls: [], images: picturesIn(of.content) });
        break;
      case "assistant": {
        const calls = of.tool_calls.map((call) => `${call.function.name} ${call.function.arguments}`);
        const text = [plain(of.content ?? ""), ...calls].filter((part) => part !== "").join("\n");
        entries.push({ role: "assistant", text, calls: of.tool_calls.map((call) => call.id), images: 0 });
        break;
      }
      case "tool": {
        const before = entries.at(-1);
        const text = plain(of.content);
        if (before?.role === "tool") {
          entries[entries.length - 1] = {
            role: "tool",
            text: `${before.text}\n${text}`,
            calls: [...before.calls, of.tool_call_id],
            images: 0,
          };
        } else {
          entries.push({ role: "tool", text, calls: [of.tool_call_id], images: 0 });
        }
        break;
      }
      default:
        of satisfies never;
    }
  }
  return entries;
}

function plain(of: z.infer<typeof shown>): string {
  return typeof of === "string" ? of : of.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

function picturesIn(of: z.infer<typeof shown>): number {
  return typeof of === "string" ? 0 : of.filter((part) => part.type === "image_url").length;
}

function opening(spoken: Spoken, object: string): object {
  return { id: `chatcmpl-${spoken.id}`, object, created: 0, model: spoken.model };
}

function toolCall(call: Spoken["calls"][number]): object {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.json } };
}

function finishReason(spoken: Spoken): string {
  const names = { end: "stop", tool_calls: "tool_calls", max_tokens: "length", refusal: "content_filter" } as const;
  return names[spoken.stopReason];
}

function usageOf({ usage }: Spoken): object {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite, audio_tokens: 0 },
    ...(usage.reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: usage.reasoning } }),
  };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
