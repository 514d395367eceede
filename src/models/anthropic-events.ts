import type Anthropic from "@anthropic-ai/sdk";
import type { AssistantMessage } from "../domain/message.ts";
import { readArguments, writeArguments } from "./tool-arguments.ts";

type Part =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_call"; id: string; name: string; json: string };

/**
 * The answer that a finished stream of events tells.
 * @throws Error when the stream ended before the answer did.
 */
export function readAnthropicEvents(
  events: readonly Anthropic.RawMessageStreamEvent[],
  provider: string,
): AssistantMessage {
  const parts = new Map<number, Part>();
  const usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  let model = "";
  let stopReason: Anthropic.StopReason | null = null;
  let stopped = false;
  for (const event of events) {
    switch (event.type) {
      case "message_start":
        model = event.message.model;
        Object.assign(usage, usageOf(event.message.usage));
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
        // Totals of the whole message, left out where they do not apply.
        Object.assign(usage, usageOf(event.usage));
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
  const answer = [...parts.values()];
  return {
    role: "assistant",
    content: answer.flatMap(said),
    stopReason: stopReasonOf(stopReason),
    usage,
    model: `${provider}/${model}`,
    ...(answer.some(isThinking) && { echo: answer.map(echoed) }),
  };
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

function isThinking(part: Part): boolean {
  return part.type === "thinking" || part.type === "redacted_thinking";
}

function echoed(part: Part): Anthropic.ContentBlockParam {
  if (part.type !== "tool_call") return part;
  return { type: "tool_use", id: part.id, name: part.name, input: writeArguments(readArguments(part.json)) };
}

function usageOf(of: Anthropic.MessageDeltaUsage | Anthropic.Usage): object {
  return {
    output: of.output_tokens,
    ...(of.input_tokens != null && { input: of.input_tokens }),
    ...(of.cache_read_input_tokens != null && { cacheRead: of.cache_read_input_tokens }),
    ...(of.cache_creation_input_tokens != null && { cacheWrite: of.cache_creation_input_tokens }),
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
      return reason satisfies never;
  }
}
