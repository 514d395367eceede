import type Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { assistantMessage } from "../../../../src/domain/message.ts";
import { readAnthropicEvents } from "../../../../src/models/anthropic/anthropic-events.ts";

type Event = Anthropic.RawMessageStreamEvent;

const origin = { api: "messages", provider: "gateway" } as const;
const request = { system: "", messages: [], tools: [], maxOutputTokens: 100 };

// Only what is read; the rest of the wire's many fields is left out.
const read = (ids: readonly string[], stop: string) => {
  const blocks = ids.map((id, index) => ({
    ...{ type: "content_block_start", index, content_block: { type: "tool_use", id, name: "bash", input: {} } },
  }));
  const delta = { type: "message_delta", delta: { stop_reason: stop }, usage: {} };
  const wire = [{ type: "message_start", message: { model: "m" } }, ...blocks, delta, { type: "message_stop" }];
  const events: readonly Event[] = JSON.parse(JSON.stringify(wire));
  return readAnthropicEvents(events, origin, request);
};

test("calls that come with one id, or without, are told apart", () => {
  const { content } = read(["one", "one", "", "", "two"], "tool_use");
  const ids = content.flatMap((part) => (part.type === "tool_call" ? [part.id] : []));
  expect([ids[0], ids[4]]).toEqual(["one", "two"]);
  expect(new Set(ids).size).toBe(5);
  expect(ids).not.toContain("");
});

test("a reason to stop that nobody knows yet is an end, and can be read back", () => {
  const answer = read(["one"], "something_new");
  expect(answer.stopReason).toBe("end");
  expect(assistantMessage.parse(JSON.parse(JSON.stringify(answer)))).toMatchObject({ stopReason: "end" });
});
