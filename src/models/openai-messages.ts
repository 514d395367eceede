import type OpenAI from "openai";
import { type Message, textOf, toolCallsOf } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import { writeArguments } from "./tool-arguments.ts";

/** Our conversation in OpenAI's words. */
export function toOpenaiMessages(
  request: Pick<ModelRequest, "system" | "messages">,
): OpenAI.ChatCompletionMessageParam[] {
  const system = request.system === "" ? [] : [{ role: "system" as const, content: request.system }];
  return [...system, ...request.messages.flatMap(messagesOf)];
}

function messagesOf(message: Message): OpenAI.ChatCompletionMessageParam[] {
  switch (message.role) {
    case "user":
      return [{ role: "user", content: message.text }];
    case "assistant": {
      const calls = toolCallsOf(message).map((call) => ({
        id: call.id,
        type: "function" as const,
        // Always JSON of an object: some servers parse it and fail on anything else.
        function: { name: call.name, arguments: JSON.stringify(writeArguments(call.arguments)) },
      }));
      return [{ role: "assistant", content: textOf(message), ...(calls.length > 0 && { tool_calls: calls }) }];
    }
    case "tool":
      return message.results.map((result) => ({
        role: "tool",
        tool_call_id: result.callId,
        // The format has no field for failure.
        content: result.isError ? `ERROR: ${result.text}` : result.text,
      }));
    default:
      return message satisfies never;
  }
}
