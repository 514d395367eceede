import type OpenAI from "openai";
import { z } from "zod";
import { type Image, type Message, type ToolResult, textOf, toolCallsOf } from "../../domain/message.ts";
import { echoed, type Origin } from "../echo.ts";
import { writeArguments } from "../tool-arguments.ts";

type Param = OpenAI.ChatCompletionMessageParam;

/** What `readOpenaiChunks` keeps of an answer for servers that want it back with the calls that it led to. */
const said = z.object({
  message: z.record(z.string(), z.unknown()),
  /** By the id of the call, like Google's signatures of its thoughts. */
  calls: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** Our conversation in OpenAI's words. */
export function toOpenaiMessages(system: string, messages: readonly Message[], origin: Origin): Param[] {
  return [
    ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
    ...messages.flatMap((message) => messagesOf(message, origin)),
  ];
}

function messagesOf(message: Message, origin: Origin): Param[] {
  switch (message.role) {
    case "user":
      return [userMessage(message.text, message.images ?? [])];
    case "assistant": {
      const back = echoed(message, origin, said);
      const calls = toolCallsOf(message).map((call) => ({
        id: call.id,
        type: "function" as const,
        // Always JSON of an object: some servers parse it and fail on anything else.
        function: { name: call.name, arguments: JSON.stringify(writeArguments(call.arguments)) },
        ...back?.calls[call.id],
      }));
      const text = textOf(message);
      // Empty text beside calls is refused by some servers.
      return calls.length === 0
        ? [{ role: "assistant", content: text }]
        : [{ role: "assistant", content: text || null, ...back?.message, tool_calls: calls }];
    }
    case "tool":
      return [
        ...message.results.map((result) => ({
          role: "tool" as const,
          tool_call_id: result.callId,
          content: resultText(result),
        })),
        ...pictures(message.results),
      ];
    default:
      return message satisfies never;
  }
}

/** The format has no field for failure. */
export function resultText({ text, isError }: ToolResult): string {
  return isError ? `ERROR: ${text}` : text;
}

/** A result has no place for pictures here, so they follow when all calls are answered. */
function pictures(results: readonly ToolResult[]): Param[] {
  const shown = results.filter(({ images }) => images?.length);
  if (shown.length === 0) return [];
  const whose = shown.map(({ name, callId }) => `${name} (${callId})`).join(", ");
  return [
    userMessage(
      `The pictures of ${whose}:`,
      shown.flatMap(({ images }) => images ?? []),
    ),
  ];
}

function userMessage(text: string, images: readonly Image[]): Param {
  if (images.length === 0) return { role: "user", content: text };
  return {
    role: "user",
    content: [
      { type: "text", text },
      ...images.map((image) => ({ type: "image_url" as const, image_url: { url: dataUrl(image) } })),
    ],
  };
}

export function dataUrl({ mediaType, base64 }: Image): string {
  return `data:${mediaType};base64,${base64}`;
}
