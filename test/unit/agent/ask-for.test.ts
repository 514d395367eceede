import { expect, test } from "vitest";
import { z } from "zod";
import { askFor } from "../../../src/agent/ask-for.ts";
import { routeOf } from "../../../src/models/route.ts";
import { aCall, calling, type PlayedModel, playedModel, saying } from "../../support/played-model.ts";
import { pocket } from "../../support/pocket.ts";

const verdict = z.object({ level: z.int(), note: z.string().default("none") });
const request = {
  system: "Judge.",
  messages: [{ role: "user" as const, text: "How bad?" }],
  tools: [],
  maxOutputTokens: 100,
};

test("an answer of the schema is its value", async () => {
  const model = playedModel([saying('{"level": 3}')]);
  expect(await ask(model)).toEqual({ status: "answered", value: { level: 3, note: "none" }, costUsd: 0.1 });
  expect(model.requests[0]?.answer).toMatchObject({
    name: "answer",
    schema: { type: "object", properties: { level: { type: "integer" } }, required: ["level"] },
  });
});

test.each([
  ["a fence", 'Here it is:\n```json\n{"level": 3}\n```\nDone.'],
  ["thoughts before it", '<think>{"level": 9}? No.</think>{"level": 3}'],
])("an answer is found in %s", async (_, text) => {
  expect(await ask(playedModel([saying(text)]))).toMatchObject({ status: "answered", value: { level: 3 } });
});

test("an answer that is not of the schema goes back with what is wrong, once, and both are paid", async () => {
  const model = playedModel([saying('{"level": "high"}'), saying('{"level": 2, "note": "mended"}')]);
  expect(await ask(model)).toEqual({ status: "answered", value: { level: 2, note: "mended" }, costUsd: 0.2 });
  const [, said, repair] = model.requests[1]?.messages ?? [];
  expect(said).toMatchObject({ role: "assistant", content: [{ text: '{"level": "high"}' }] });
  expect(repair).toMatchObject({ role: "user", text: expect.stringMatching(/expected (int|number).*level/s) });
});

test("what stays wrong is told, not thrown", async () => {
  const model = playedModel([saying("No idea."), saying("Really not.")]);
  expect(await ask(model)).toEqual({ status: "invalid", reason: "the answer is not JSON", costUsd: 0.2 });
});

test("an answer that was cut off is said to be, so that the next is shorter", async () => {
  const model = playedModel([saying('{"level": 3, "note": "and so', "max_tokens"), saying('{"level": 3}')]);
  expect(await ask(model)).toMatchObject({ status: "answered" });
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringContaining("longer than it may be") });
});

test("a refusal is not argued with", async () => {
  const model = playedModel([saying("I will not.", "refusal")]);
  expect(await ask(model)).toEqual({ status: "refused", reason: "I will not.", costUsd: 0.1 });
});

test("calls that nobody answers are not sent back", async () => {
  const model = playedModel([calling(aCall("read", {})), saying('{"level": 1}')]);
  expect(await ask(model)).toMatchObject({ status: "answered", value: { level: 1 } });
  expect(JSON.stringify(model.requests[1]?.messages)).not.toContain('"tool_call"');
});

function ask(model: PlayedModel) {
  const route = routeOf({ models: [model], purse: pocket(10) });
  return askFor(route, request, verdict, { signal: new AbortController().signal });
}
