import { randomUUID } from "node:crypto";
import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import type { AssistantMessage, Usage } from "../../domain/message.ts";
import type { ModelRequest } from "../../domain/model.ts";
import { echoOf, type Origin } from "../echo.ts";
import { outputTokens, reckon } from "../reckon.ts";
import { readArguments, writeArguments } from "../tool-arguments.ts";

type Event = Anthropic.RawMessageStreamEvent;

type Part =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_call"; id: string; name: string; json: string };

/**
 * The answer that a finished stream of events tells.
 * @throws Error when the stream ended before the answer did.
 */
export function readAnthropicEvents(events: readonly Event[], origin: Origin, request: ModelRequest): AssistantMessage {
  const parts = new Map<number, Part>();
  let model = "";
  let stopReason: Anthropic.StopReason | null = null;
  let stopped = false;
  for (const event of events) {
    switch (event.type) {
      case "message_start":
        model = event.message.model;
        break;
      case "content_block_start": {
        const part = startOf(event.content_block);
        if (part) parts.set(event.index, part);
        break;
      }
      case "content_block_delta": {
        const part = parts.get(event.index);
        if (part) extend(part, event.delta);
        break;
      }
      case "message_delta":
        stopReason = event.delta.stop_reason;
        break;
      case "message_stop":
        stopped = true;
        break;
      case "content_block_stop":
        break;
      default:
        event satisfies never;
    }
  }
  if (!stopped || stopReason === null) throw new Error("the stream ended before the answer did");
  const answer = withOwnIds([...parts.values()]);
  return {
    role: "assistant",
    content: answer.flatMap(said),
    stopReason: stopReasonOf(stopReason),
    usage: { ...reckon(request, bytesWritten(events)), ...told(events) },
    model: `${origin.provider}/${model}`,
    ...(answer.some(isThinking) && echoOf(origin, answer.map(asSaid))),
  };
}

/** What an answer that breaks off here has used. The prompt is told at once, what was written only at the end. */
export function anthropicUsed(
  events: readonly Event[],
  request: ModelRequest,
  hidesThoughts: boolean,
): Usage | undefined {
  if (events.length === 0) return undefined;
  const usage = told(events);
  const output = usage.output ?? outputTokens(request, hidesThoughts ? Infinity : bytesWritten(events));
  return { ...reckon(request, 0), ...usage, output };
}

function bytesWritten(events: readonly Event[]): number {
  return events.reduce((sum, event) => sum + Buffer.byteLength(writtenIn(event)), 0);
}

function writtenIn(event: Event): string {
  if (event.type !== "content_block_delta") return "";
  const { delta } = event;
  if (delta.type === "text_delta") return delta.text;
  if (delta.type === "thinking_delta") return delta.thinking;
  return delta.type === "input_json_delta" ? delta.partial_json : "";
}

/** An answer that was not streamed, as the events that it would have been. */
export function anthropicEvents(message: Anthropic.Message): readonly Event[] {
  return [
    { type: "message_start", message },
    ...message.content.flatMap((block, index): Event[] => [
      { type: "content_block_start", index, content_block: block },
      ...(block.type === "tool_use"
        ? [
            {
              type: "content_block_delta" as const,
              index,
              delta: { type: "input_json_delta" as const, partial_json: written(block.input) },
            },
          ]
        : []),
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { container: null, stop_details: null, stop_reason: message.stop_reason, stop_sequence: null },
      usage: message.usage,
    },
    { type: "message_stop" },
  ];
}

function written(input: unknown): string {
  return typeof input === "string" ? input : JSON.stringify(input);
}

/** The newest counts; later ones are totals of the whole message, left out where they do not apply. */
function told(events: readonly Event[]): Partial<Usage> {
  const first = events.find((event) => event.type === "message_start")?.message.usage;
  // The output is only begun there.
  const { output: _, ...prompt } = usageOf(first);
  const later = events.map((event) => (event.type === "message_delta" ? usageOf(event.usage) : {}));
  return Object.assign({}, prompt, ...later);
}

// We ask for no tools that run on the server, so other kinds do not come.
function startOf(block: Anthropic.ContentBlock): Part | undefined {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "thinking":
      return { type: "thinking", thinking: block.thinking, signature: block.signature };
    case "redacted_thinking":
      return { type: "redacted_thinking", data: block.data };
    case "tool_use":
      return { type: "tool_call", id: block.id, name: block.name, json: "" };
    default:
      return undefined;
  }
}

function extend(part: Part, delta: Anthropic.RawContentBlockDelta): void {
  if (part.type === "text" && delta.type === "text_delta") part.text += delta.text;
  if (part.type === "thinking" && delta.type === "thinking_delta") part.thinking += delta.thinking;
  if (part.type === "thinking" && delta.type === "signature_delta") part.signature = delta.signature;
  if (part.type === "tool_call" && delta.type === "input_json_delta") part.json += delta.partial_json;
}

function said(part: Part): AssistantMessage["content"] {
  if (part.type === "text") return part.text === "" ? [] : [part];
  if (part.type !== "tool_call") return [];
  return [{ type: "tool_call", id: part.id, name: part.name, arguments: readArguments(part.json) }];
}

/** Servers that only speak this format give several calls one id, or none: each is answered by its own. */
function withOwnIds(parts: readonly Part[]): readonly Part[] {
  const taken = new Set<string>();
  return parts.map((part) => {
    if (part.type !== "tool_call") return part;
    const id = part.id === "" || taken.has(part.id) ? `toolu_${randomUUID()}` : part.id;
    taken.add(id);
    return { ...part, id };
  });
}

function isThinking(part: Part): boolean {
  return part.type === "thinking" || part.type === "redacted_thinking";
}

function asSaid(part: Part): Anthropic.ContentBlockParam {
  if (part.type !== "tool_call") return part;
  return { type: "tool_use", id: part.id, name: part.name, input: writeArguments(readArguments(part.json)) };
}

const count = z.number().nonnegative().optional().catch(undefined);
const counts = z
  .object({
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
    output_tokens_details: z.object({ thinking_tokens: count }).optional().catch(undefined),
  })
  .catch({});

/** What is a count; gateways leave some out, or all. */
function usageOf(of: unknown): Partial<Usage> {
  const told = counts.parse(of);
  const reasoning = told.output_tokens_details?.thinking_tokens;
  return {
    ...(told.output_tokens !== undefined && { output: told.output_tokens }),
    ...(told.input_tokens !== undefined && { input: told.input_tokens }),
    ...(told.cache_read_input_tokens !== undefined && { cacheRead: told.cache_read_input_tokens }),
    ...(told.cache_creation_input_tokens !== undefined && { cacheWrite: told.cache_creation_input_tokens }),
    ...(reasoning !== undefined && { reasoning }),
  };
}

function stopReasonOf(reason: Anthropic.StopReason): AssistantMessage["stopReason"] {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
    case "pause_turn":
      return "end";
    case "tool_use":
      return "tool_calls";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "max_tokens";
    case "refusal":
      return "refusal";
    default:
      reason satisfies never;
      // One that is newer than this code, or a server's own: what was said counts.
      return "end";
  }
}
