import { NightshiftError } from "../../src/domain/errors.ts";
import type { AssistantMessage, ToolCall, Usage } from "../../src/domain/message.ts";
import type { Model, ModelRequest, Price } from "../../src/domain/model.ts";

export interface PlayedModel extends Model {
  /** What it was asked, as it stood when it was asked. */
  readonly requests: readonly ModelRequest[];
}

/** A model that gives its replies one after the other, and fails when it is asked once more. */
export function playedModel(
  replies: readonly AssistantMessage[],
  price: Price = dollarPerThousand,
  name = "played/one",
): PlayedModel {
  const requests: ModelRequest[] = [];
  return {
    name,
    price,
    requests,
    async complete(request, { signal }) {
      if (signal.aborted) throw new NightshiftError("cancelled", "A model call was cancelled.");
      const reply = replies[requests.length];
      requests.push(structuredClone(request));
      if (reply === undefined) throw new Error(`The played model has no reply ${requests.length}.`);
      return { ...reply, model: name };
    },
  };
}

/** So that the default usage below costs 0.1 USD. */
const dollarPerThousand: Price = { input: 0, output: 1000, cacheRead: 0, cacheWrite: 0 };
const hundred: Usage = { input: 10, output: 100, cacheRead: 0, cacheWrite: 0 };

export function aCall(name: string, args: unknown, id = `call-${name}`): ToolCall {
  return { type: "tool_call", id, name, arguments: args };
}

/** A reply that calls tools. */
export function calling(...calls: readonly ToolCall[]): AssistantMessage {
  return { role: "assistant", content: [...calls], stopReason: "tool_calls", usage: hundred, model: "played/one" };
}

/** A reply of words only. */
export function saying(text: string, stopReason: AssistantMessage["stopReason"] = "end"): AssistantMessage {
  return { role: "assistant", content: [{ type: "text", text }], stopReason, usage: hundred, model: "played/one" };
}
