import type OpenAI from "openai";
import { z } from "zod";
import { type Image, type Message, textOf, toolCallsOf } from "../../domain/message.ts";
import { echoed, type Origin } from "../echo.ts";
import { writeArguments } from "../tool-arguments.ts";
import { dataUrl, resultText } from "./openai-messages.ts";

type Item = OpenAI.Responses.ResponseInputItem;

/** What `readResponse` keeps of an answer with reasoning: the model goes on from it, and only OpenAI can read it. */
const said = z.array(
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("reasoning"),
      id: z.string(),
      summary: z.array(z.object({ type: z.literal("summary_text"), text: z.string() })),
      encrypted_content: z.string(),
    }),
    z.object({
      type: z.literal("message"),
      role: z.literal("assistant"),
      content: z.string(),
      phase: z.enum(["commentary", "final_answer"]).exactOptional(),
    }),
    z.object({ type: z.literal("function_call"), call_id: z.string(), name: z.string(), arguments: z.string() }),
  ]),
);
export type Said = z.infer<typeof said>;

/** Our conversation as items of the Responses API. */
export function toResponsesInput(messages: readonly Message[], origin: Origin): Item[] {
  return messages.flatMap((message) => itemsOf(message, origin));
}

function itemsOf(message: Message, origin: Origin): Item[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.images?.length ? parts(message.text, message.images) : message.text }];
    case "assistant": {
      const back = echoed(message, origin, said);
      if (back) return back;
      const text = textOf(message);
      return [
        ...(text === "" ? [] : [{ role: "assistant" as const, content: text }]),
        ...toolCallsOf(message).map((call) => ({
          type: "function_call" as const,
          call_id: call.id,
          name: call.name,
          arguments: JSON.stringify(writeArguments(call.arguments)),
        })),
      ];
    }
    case "tool":
      return message.results.map((result) => ({
        type: "function_call_output",
        call_id: result.callId,
        output: result.images?.length ? parts(resultText(result), result.images) : resultText(result),
      }));
    default:
      return message satisfies never;
  }
}

function parts(text: string, images: readonly Image[]) {
  return [
    { type: "input_text" as const, text },
    ...images.map((image) => ({ type: "input_image" as const, detail: "auto" as const, image_url: dataUrl(image) })),
  ];
}
