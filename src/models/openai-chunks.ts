import { randomUUID } from "node:crypto";
import type OpenAI from "openai";
import type { AssistantMessage, Usage } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import { readArguments } from "./tool-arguments.ts";

type Chunk = OpenAI.ChatCompletionChunk;
type CallPart = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall;

interface Call {
  readonly index: number;
  id: string;
  name: string;
  json: string;
}

/**
 * The answer that a finished stream of chunks tells. Takes what compatible servers get wrong: no id, no usage, every
 * call at index 0, `stop` where tools are called.
 * @throws Error when the stream ended before the answer did.
 */
export function readOpenaiChunks(
  chunks: readonly Chunk[],
  { provider, request }: { readonly provider: string; readonly request: ModelRequest },
): AssistantMessage {
  const choices = chunks.flatMap((chunk) => chunk.choices?.slice(0, 1) ?? []);
  const finish = choices.findLast((choice) => choice.finish_reason)?.finish_reason;
  if (!finish) throw new Error("the stream ended before the answer did");

  const text = choices.map(({ delta }) => delta?.content ?? "").join("");
  const refusal = choices.map(({ delta }) => delta?.refusal ?? "").join("");
  const calls = joinCalls(choices.flatMap(({ delta }) => delta?.tool_calls ?? []));
  const said = text + refusal;
  return {
    role: "assistant",
    content: [
      ...(said === "" ? [] : [{ type: "text" as const, text: said }]),
      ...calls.map((call) => ({
        type: "tool_call" as const,
        id: call.id || `call_${randomUUID()}`,
        name: call.name,
        arguments: readArguments(call.json),
      })),
    ],
    stopReason: refusal !== "" ? "refusal" : stopReasonOf(finish, calls.length),
    usage: usageOf(chunks, request, said, calls),
    model: `${provider}/${chunks.findLast((chunk) => chunk.model)?.model ?? "unknown"}`,
  };
}

function joinCalls(parts: readonly CallPart[]): readonly Call[] {
  const calls: Call[] = [];
  for (const part of parts) {
    const index = part.index ?? 0;
    const open = calls.findLast((call) => call.index === index);
    // Another id is another call, whatever its index says.
    const continues = open && (!part.id || part.id === open.id);
    const call = continues ? open : { index, id: part.id ?? "", name: "", json: "" };
    if (!continues) calls.push(call);
    call.name ||= part.function?.name ?? "";
    call.json += part.function?.arguments ?? "";
  }
  return calls;
}

function stopReasonOf(
  reason: NonNullable<Chunk["choices"][number]["finish_reason"]>,
  calls: number,
): AssistantMessage["stopReason"] {
  switch (reason) {
    case "length":
      return "max_tokens";
    case "content_filter":
      return "refusal";
    case "tool_calls":
    case "function_call":
    case "stop":
      return calls > 0 ? "tool_calls" : "end";
    default:
      reason satisfies never;
      return calls > 0 ? "tool_calls" : "end";
  }
}

/** `prompt_tokens` holds what was read from and written to the cache; our `input` does not. */
function usageOf(chunks: readonly Chunk[], request: ModelRequest, said: string, calls: readonly Call[]): Usage {
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
  if (!usage) {
    // Counted here at four bytes a token, so that a budget of turns and tokens still means something.
    return {
      input: tokens([request.system, request.messages, request.tools]),
      output: tokens([said, calls]),
      cacheRead: 0,
      cacheWrite: 0,
    };
  }
  const cacheRead = usage.prompt_tokens_details?.cached_tokens ?? 0;
  const cacheWrite = usage.prompt_tokens_details?.cache_write_tokens ?? 0;
  return {
    input: Math.max(0, (usage.prompt_tokens ?? 0) - cacheRead - cacheWrite),
    output: usage.completion_tokens ?? 0,
    cacheRead,
    cacheWrite,
  };
}

function tokens(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
}
