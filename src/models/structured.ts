import { type AssistantMessage, textOf, toolCallsOf } from "../domain/message.ts";
import type { AnswerShape, ModelRequest, ToolDescription } from "../domain/model.ts";
import { parseJson } from "../domain/parse-json.ts";
import { canBeStrict, fromStrict } from "./strict-schema.ts";

/** How an answer that is data is asked for: by the provider's own means, as the arguments of a tool, or in words. */
export type Structured = "native" | "tool" | "text";

/** A request as it is put to a model. */
export interface Asked {
  readonly system: string;
  /** In an order that is always the same, so that caches find it again. */
  readonly tools: readonly ToolDescription[];
  /** The tool that has to be called; `any` where the model may use its tools before it answers. */
  readonly force: { readonly tool: string } | "any" | undefined;
  /** What the provider itself is to hold the answer to. */
  readonly format: AnswerShape | undefined;
}

export function asked(request: ModelRequest, structured: Structured): Asked {
  const { system, answer } = request;
  const tools = request.tools.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const plain: Asked = { system, tools, force: undefined, format: undefined };
  if (!answer) return plain;
  switch (structured) {
    case "native":
      return { ...plain, format: answer };
    case "tool": {
      const hand = { name: answer.name, description: "Gives the answer.", parameters: answer.schema };
      return { ...plain, tools: [...tools, hand], force: tools.length > 0 ? "any" : { tool: answer.name } };
    }
    case "text": {
      const shape = `Answer with JSON only, no fence and no other words, of this JSON Schema: ${JSON.stringify(answer.schema)}`;
      return { ...plain, system: system === "" ? shape : `${system}\n\n${shape}` };
    }
    default:
      return structured satisfies never;
  }
}

/** The reply with its data as text, however it was asked for. */
export function answered(reply: AssistantMessage, { answer }: ModelRequest, structured: Structured): AssistantMessage {
  if (!answer) return reply;
  if (structured === "tool") return fromCall(reply, answer);
  if (structured !== "native" || !canBeStrict(answer.schema) || toolCallsOf(reply).length > 0) return reply;
  const data = parseJson(textOf(reply));
  if (data === undefined) return reply;
  const text = JSON.stringify(fromStrict(data, answer.schema));
  return { ...reply, content: [{ type: "text", text }] };
}

function fromCall(reply: AssistantMessage, { name }: AnswerShape): AssistantMessage {
  const given = toolCallsOf(reply).find((call) => call.name === name);
  if (!given) return reply;
  // What it has to go back as holds the call, which nothing will answer.
  const { echo: _, ...rest } = reply;
  const others = reply.content.filter((part) => part.type !== "tool_call" || part.name !== name);
  // An answer beside other calls is a guess, since they were not answered yet.
  if (others.some((part) => part.type === "tool_call")) return { ...rest, content: others };
  const text = typeof given.arguments === "string" ? given.arguments : JSON.stringify(given.arguments);
  const stopReason = reply.stopReason === "tool_calls" ? "end" : reply.stopReason;
  return { ...rest, content: [{ type: "text", text }], stopReason };
}
