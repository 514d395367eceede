import { expect, test } from "vitest";
import { answeredBy } from "../../../../src/execution/coding/answered-by.ts";
import { routeOf } from "../../../../src/models/route.ts";
import { playedModel, saying } from "../../../support/played-model.ts";
import { pocket } from "../../../support/pocket.ts";

const names = ["local/small", "claude/large"] as const;
const request = { system: "", messages: [], tools: [], maxOutputTokens: 1 } as const;
const routeTo = (model: string) => ({
  ...routeOf({ models: [playedModel([saying("Yes.")], undefined, model)], purse: pocket(1) }),
  models: names,
});

test("who answered last is told by the name that the route has for it", async () => {
  const { route, model } = answeredBy(routeTo("claude/large-20260101"), names, []);
  expect(model()).toBe("local/small");
  await route.complete(request, { signal: new AbortController().signal });
  expect(model()).toBe("claude/large");
});

test.each([
  ["claude/small", "claude/small"],
  ["claude/large-20260101", "claude/large"],
  ["local/weights.gguf", "local/small"],
  ["elsewhere/model", "local/small"],
])("%s is told as %s", (answered, told) => {
  const recorded = [{ n: 1, reply: { ...saying("Yes."), model: answered }, results: undefined, costUsd: 0 }];
  const three = ["local/small", "claude/small", "claude/large"] as const;
  expect(answeredBy(routeTo("local/small"), three, recorded).model()).toBe(told);
});

test("the answers that an earlier worker got count too", () => {
  const reply = { ...saying("Yes."), model: "claude/large" };
  const recorded = [{ n: 1, reply, results: undefined, costUsd: 0 }];
  expect(answeredBy(routeTo("local/small"), names, recorded).model()).toBe("claude/large");
});

test("what was said last in words is kept, whoever said it", async () => {
  const silent = { ...saying(""), content: [] };
  const recorded = [saying("Let me see."), silent].map((reply, at) => ({
    ...{ n: at + 1, reply, results: undefined, costUsd: 0 },
  }));
  const { route, words } = answeredBy(routeTo("local/small"), names, recorded);
  expect(words()).toBe("Let me see.");
  await route.complete(request, { signal: new AbortController().signal });
  expect(words()).toBe("Yes.");
  const long = answeredBy(routeTo("local/small"), names, [
    { n: 1, reply: saying("x".repeat(400)), results: undefined, costUsd: 0 },
  ]);
  expect(long.words()).toHaveLength(300);
});
