import type { AssistantMessage, Usage } from "../../domain/message.ts";
import type { ModelRequest } from "../../domain/model.ts";
import { echoOf, type Origin } from "../echo.ts";
import { outputTokens, reckon } from "../reckon.ts";
import { readArguments } from "../tool-arguments.ts";
import { type Call, joinCalls } from "./openai-calls.ts";
import { parseChunk, tryParseChunk, type WireDetail, type WireSaid, type WireUsage } from "./openai-chunk.ts";
import { toldUsage, usageOf } from "./openai-usage.ts";

/**
 * The answer that a finished stream of chunks tells, or a whole completion as the only one. Takes what compatible servers
 * get wrong: no id, no usage or a wrong sum, every call at index 0, `stop` where tools are called, an error as an end.
 * @throws Error when the stream ended before the answer did; as the SDK's errors are, where the server says why.
 */
export function readOpenaiChunks(of: readonly unknown[], origin: Origin, request: ModelRequest): AssistantMessage {
  const chunks = of.map(parseChunk);
  const choices = chunks.flatMap((chunk) => chunk.choices?.slice(0, 1) ?? []);
  const error = chunks.find((chunk) => chunk.error)?.error ?? choices.find((choice) => choice.error)?.error;
  const finish = choices.findLast((choice) => choice.finish_reason)?.finish_reason;
  if (error) throw saidError(error);
  if (!finish) throw new Error("the stream ended before the answer did");
  if (/error|insufficient_system_resource/.test(finish)) throw new Error(`the server stopped for ${finish}`);

  const said = choices.flatMap(({ delta, message }) => delta ?? message ?? []);
  const refusal = joined(said, ({ refusal }) => refusal);
  const text = joined(said, textOf) + refusal;
  const calls = joinCalls(said.flatMap(({ tool_calls }) => tool_calls ?? []));
  const told = toldUsage(chunks);
  return {
    role: "assistant",
    content: [
      ...(text === "" ? [] : [{ type: "text" as const, text }]),
      ...calls.map(({ id, name, json }) => ({
        type: "tool_call" as const,
        id,
        name,
        arguments: readArguments(json),
      })),
    ],
    stopReason: refusal !== "" ? "refusal" : stopReasonOf(finish, calls.length),
    usage: toldOr(reckon(request, bytesOf(said)), told),
    model: `${origin.provider}/${chunks.findLast((chunk) => chunk.model)?.model ?? "unknown"}`,
    ...wantedBack(said, calls, origin),
  };
}

function toldOr(reckoned: Usage, told: WireUsage | undefined): Usage {
  if (!told) return reckoned;
  const usage = usageOf(told);
  // What was said was not for nothing.
  return { ...usage, output: usage.output || reckoned.output };
}

/** What an answer that breaks off here has used: as it was told on the way, else reckoned. */
export function openaiUsed(of: readonly unknown[], request: ModelRequest, hidesThoughts: boolean): Usage | undefined {
  const chunks = of.flatMap(tryParseChunk);
  const said = chunks.flatMap(({ choices }) => choices?.flatMap(({ delta, message }) => delta ?? message ?? []) ?? []);
  const told = toldUsage(chunks);
  if (said.length === 0 && !told) return undefined;
  const ended = chunks.some(({ choices }) => choices?.some((choice) => choice.finish_reason));
  const bytes = hidesThoughts && !(told && ended) ? Infinity : bytesOf(said);
  if (!told) return reckon(request, bytes);
  const usage = usageOf(told);
  return { ...usage, output: Math.max(usage.output, outputTokens(request, bytes)) };
}

function textOf({ content }: WireSaid): string | null | undefined {
  if (typeof content !== "object") return content;
  return content?.map((part) => (part.type === "text" ? (part.text ?? "") : "")).join("");
}

function joined(said: readonly WireSaid[], field: (part: WireSaid) => string | null | undefined): string {
  return said.map((part) => field(part) ?? "").join("");
}

function bytesOf(said: readonly WireSaid[]): number {
  const calls = said.flatMap(({ tool_calls }) => tool_calls ?? []);
  const thoughts = joined(said, ({ reasoning_content, reasoning }) => reasoning_content ?? reasoning);
  const words = joined(said, ({ content }) => (typeof content === "object" ? JSON.stringify(content ?? "") : content));
  const called = calls.map(({ function: of }) => `${of?.name ?? ""}${JSON.stringify(of?.arguments ?? "")}`).join("");
  return Buffer.byteLength(thoughts + words + joined(said, ({ refusal }) => refusal) + called);
}

/** Thoughts go back with the calls that they led to: DeepSeek and Google refuse to go on without. */
function wantedBack(said: readonly WireSaid[], calls: readonly Call[], origin: Origin): object {
  const thought = joined(said, ({ reasoning_content }) => reasoning_content);
  const details = joinDetails(said.flatMap(({ reasoning_details }) => reasoning_details ?? []));
  const extras = calls.filter(({ extra }) => extra != null).map(({ id, extra }) => [id, { extra_content: extra }]);
  const message = {
    ...(thought !== "" && { reasoning_content: thought }),
    ...(details.length > 0 && { reasoning_details: details }),
  };
  if (calls.length === 0 || (Object.keys(message).length === 0 && extras.length === 0)) return {};
  return echoOf(origin, { message, calls: Object.fromEntries(extras) });
}

function joinDetails(parts: readonly WireDetail[]): readonly WireDetail[] {
  const whole: WireDetail[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (last && last.type === part.type && last.index != null && last.index === part.index) {
      whole[whole.length - 1] = { ...last, ...part, ...grown(last, part) };
    } else {
      whole.push(part);
    }
  }
  return whole;
}

function grown(last: WireDetail, part: WireDetail): object {
  const fields = ["text", "summary", "data"].filter((field) => typeof part[field] === "string");
  return Object.fromEntries(fields.map((field) => [field, `${last[field] ?? ""}${part[field]}`]));
}

function stopReasonOf(reason: string, calls: number): AssistantMessage["stopReason"] {
  // The names are OpenAI's; some servers have more.
  if (["length", "max_tokens", "model_length"].includes(reason)) return "max_tokens";
  if (/^(content_filter|safety|sensitive|refusal)/i.test(reason)) return "refusal";
  return calls > 0 ? "tool_calls" : "end";
}

/** A gateway's error where an answer should be, in the form of the SDK's errors, for `toModelError`. */
function saidError(error: unknown): Error {
  const fields = typeof error === "object" ? error : { message: String(error) };
  return Object.assign(new Error(JSON.stringify(error)), fields, { error });
}
