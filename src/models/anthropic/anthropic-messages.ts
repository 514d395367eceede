import type Anthropic from "@anthropic-ai/sdk";
import { z } from "zod";
import type { AssistantMessage, Image, Message } from "../../domain/message.ts";
import { echoed, type Origin } from "../echo.ts";
import { writeArguments } from "../tool-arguments.ts";

type Block = z.infer<typeof said>[number] | Anthropic.ToolResultBlockParam | Anthropic.ImageBlockParam;

/** What `readAnthropicEvents` keeps of an answer with thinking: models that think want it back as they wrote it. */
const said = z.array(
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
    z.object({ type: z.literal("redacted_thinking"), data: z.string() }),
    z.object({ type: z.literal("tool_use"), id: z.string(), name: z.string(), input: z.unknown() }),
  ]),
);

/**
 * Our conversation in Anthropic's words. The last two messages that are not the model's carry cache breakpoints: the
 * newest writes what the next call reads, the one before is surely still there even after a turn of many tool calls
 * (the cache looks back 20 blocks from a breakpoint).
 */
export function toAnthropicMessages(messages: readonly Message[], origin: Origin): Anthropic.MessageParam[] {
  const ours = messages.flatMap((message, index) => (message.role === "assistant" ? [] : [index]));
  const cached = ours.slice(-2);
  return messages.flatMap((message, index) => {
    const blocks = blocksOf(message, origin);
    // An empty answer has no place in the format; the two messages around it are read as one.
    if (blocks.length === 0) return [];
    const role = message.role === "assistant" ? "assistant" : "user";
    return [{ role, content: cached.includes(index) ? withBreakpoint(blocks) : blocks }];
  });
}

function blocksOf(message: Message, origin: Origin): Block[] {
  switch (message.role) {
    case "user":
      return [...(message.images ?? []).map(imageBlock), { type: "text", text: notEmpty(message.text) }];
    case "assistant":
      return (echoed(message, origin, said) ?? rebuilt(message)).filter(
        (block) => block.type !== "text" || block.text !== "",
      );
    case "tool":
      return message.results.map((result) => ({
        type: "tool_result",
        tool_use_id: idOf(result.callId),
        content: result.images?.length
          ? [{ type: "text", text: notEmpty(result.text) }, ...result.images.map(imageBlock)]
          : notEmpty(result.text),
        is_error: result.isError,
      }));
    default:
      return message satisfies never;
  }
}

function rebuilt(message: AssistantMessage): z.infer<typeof said> {
  return message.content.map((part) =>
    part.type === "text"
      ? part
      : { type: "tool_use", id: idOf(part.id), name: part.name, input: writeArguments(part.arguments) },
  );
}

function imageBlock({ mediaType, base64 }: Image): Anthropic.ImageBlockParam {
  return { type: "image", source: { type: "base64", media_type: mediaType, data: base64 } };
}

function withBreakpoint(blocks: Block[]): Anthropic.ContentBlockParam[] {
  return blocks.map((block, index) =>
    index === blocks.length - 1 && (block.type === "text" || block.type === "tool_result")
      ? { ...block, cache_control: { type: "ephemeral" } }
      : block,
  );
}

/** Other providers' ids may hold signs that this API refuses, like `functions.read:0`. */
function idOf(id: string): string {
  return id.replaceAll(/[^\w-]/g, "_");
}

// The API refuses empty text.
function notEmpty(text: string): string {
  return text === "" ? "(empty)" : text;
}
