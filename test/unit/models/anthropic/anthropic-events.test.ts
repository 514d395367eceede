import type Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { anthropicUsed, readAnthropicEvents } from "../../../../src/models/anthropic/anthropic-events.ts";
import { toAnthropicMessages } from "../../../../src/models/anthropic/anthropic-messages.ts";

type Event = Anthropic.RawMessageStreamEvent;

const origin = { api: "messages", provider: "anthropic" } as const;
const request = { system: "", messages: [], tools: [], maxOutputTokens: 100 };
const counts = { input_tokens: 10, cache_creation_input_tokens: 20, cache_read_input_tokens: 30, output_tokens: 1 };

// Only what is read; the rest of the wire's many fields is left out.
const events = (...middle: readonly object[]): readonly Event[] =>
  JSON.parse(
    JSON.stringify([
      { type: "message_start", message: { model: "m", usage: counts } },
      ...middle,
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { output_tokens: 50, output_tokens_details: { thinking_tokens: 40 } },
      },
      { type: "message_stop" },
    ]),
  );
const text = [
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Hello." } },
];

test("the counts of the prompt come first, those of the answer last", () => {
  expect(readAnthropicEvents(events(...text), origin, request).usage).toEqual({
    input: 10,
    output: 50,
    cacheRead: 30,
    cacheWrite: 20,
    reasoning: 40,
  });
});

test("a stream without its last event is no answer, although the stop was told", () => {
  expect(() => readAnthropicEvents(events(...text).slice(0, -1), origin, request)).toThrow("ended before");
});

test("an answer that breaks off used the prompt as it was told", () => {
  expect(anthropicUsed(events(...text).slice(0, 3), request, false)).toEqual({
    input: 10,
    output: 2,
    cacheRead: 30,
    cacheWrite: 20,
  });
  expect(anthropicUsed([], request, false)).toBeUndefined();
});

test("counts that are left out are reckoned, so that no cost is unknown", () => {
  const whole = events(...text);
  const gateways = [
    whole.map((event) => (event.type === "message_delta" ? { ...event, usage: {} } : event)),
    JSON.parse(JSON.stringify(whole, (key, value) => (key === "usage" ? undefined : value))),
  ];
  for (const told of gateways) {
    const { usage } = readAnthropicEvents(told, origin, request);
    expect(usage).toMatchObject({ input: expect.toSatisfy((n: number) => n > 0), output: 2 });
    expect(Object.values(usage).every(Number.isFinite)).toBe(true);
    expect(anthropicUsed(told, request, false)).toMatchObject({ output: 2 });
  }
});

test("thoughts of which only a summary is shown count as the longest answer until the end tells", () => {
  expect(anthropicUsed(events(...text).slice(0, 3), request, true)).toMatchObject({ output: 100 });
  expect(anthropicUsed(events(...text).slice(0, -1), request, true)).toMatchObject({ output: 50 });
});

test("thinking that nobody may read goes back as well", () => {
  const hidden = { type: "redacted_thinking", data: "c2VjcmV0" };
  const answer = readAnthropicEvents(
    events({ type: "content_block_start", index: 0, content_block: hidden }, ...text),
    origin,
    request,
  );
  expect(answer.content).toEqual([{ type: "text", text: "Hello." }]);
  expect(toAnthropicMessages([answer], origin)).toEqual([
    { role: "assistant", content: [hidden, { type: "text", text: "Hello." }] },
  ]);
  expect(toAnthropicMessages([answer], { ...origin, provider: "gateway" })).toEqual([
    { role: "assistant", content: [{ type: "text", text: "Hello." }] },
  ]);
});
