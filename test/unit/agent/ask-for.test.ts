import { expect, test } from "vitest";
import { z } from "zod";
import { askFor } from "../../../src/agent/ask-for.ts";
import { pocket } from "../../../src/domain/purse.ts";
import { routeOf } from "../../../src/models/route.ts";
import { playedModel, saying } from "../../support/played-model.ts";

const shape = z.strictObject({ complexity: z.number() });
const request = {
  system: "Judge.",
  messages: [{ role: "user", text: "A ticket." }],
  tools: [],
  maxOutputTokens: 100,
} as const;

async function ask(...answers: readonly string[]) {
  const model = playedModel(answers.map((text) => saying(text)));
  const route = routeOf({ models: [model], purse: pocket(10) });
  const asked = await askFor(route, request, shape, { signal: new AbortController().signal });
  return { asked, model };
}

test("an answer of the shape is a value", async () => {
  const { asked, model } = await ask('Here it is:\n```json\n{"complexity": 0.5}\n```');
  expect(asked).toEqual({ status: "answered", value: { complexity: 0.5 }, costUsd: 0.1 });
  expect(model.requests[0]?.system).toContain('"complexity"');
});

test("an answer that does not fit goes back once with what is wrong", async () => {
  const { asked, model } = await ask("Hard.", '{"complexity": 0.5}');
  expect(asked).toEqual({ status: "answered", value: { complexity: 0.5 }, costUsd: 0.2 });
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({
    role: "user",
    text: expect.stringContaining("No JSON object was found."),
  });
});

test("an answer that does not fit twice is invalid, and says what it cost", async () => {
  const { asked } = await ask("Hard.", '{"complexity": "high"}');
  expect(asked).toMatchObject({ status: "invalid", reason: expect.stringContaining("complexity"), costUsd: 0.2 });
});
