import { afterEach, beforeEach, expect, test } from "vitest";
import type { RecordedTurn } from "../../../src/agent/journal.ts";
import { type AgentWork, runAgent } from "../../../src/agent/run-agent.ts";
import { askHuman } from "../../../src/agent/tools/ask-human.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { Sandbox } from "../../../src/domain/sandbox.ts";
import { routeOf } from "../../../src/models/route.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { pocket } from "../../support/pocket.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await processSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const asking = calling(aCall("ask_human", { question: "Up?" }));
const listing = calling(aCall("bash", { command: "ls" }));
const submitting = calling(aCall("submit", { title: "Round", what: "Rounding.", why: "It was off." }));
const question = { question: "Up?", options: [] };

function working(
  replies: readonly AssistantMessage[],
  of: Partial<AgentWork> & { readonly recorded?: readonly RecordedTurn[]; readonly left?: number } = {},
) {
  const { recorded = [], left = 1, ...changes } = of;
  const [model, journal] = [playedModel(replies), memoryJournal(recorded)];
  const end = runAgent({
    route: routeOf({ models: [model], purse: pocket(10) }),
    system: "You are the coder.",
    opening: { role: "user", text: "Solve this ticket." },
    tools: [...coderTools, askHuman(left)],
    sandbox,
    budget: { turns: 10, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal,
    tell: async () => undefined,
    signal: new AbortController().signal,
    clock: () => 0,
    ...changes,
  });
  return { end, model, journal };
}

const open: RecordedTurn = { n: 1, reply: asking, results: undefined, costUsd: 0.1 };

test("a question ends the work with its turn open, and once more where nobody has answered", async () => {
  const { end, journal } = working([asking]);
  expect(await end).toMatchObject({ status: "asked", question, turns: 1 });
  expect(journal.turns).toEqual([open]);
  const again = working([], { recorded: journal.turns });
  expect(await again.end).toMatchObject({ status: "asked", question, turns: 1 });
  expect(again.model.requests).toEqual([]);
});

test("the answer is what the tool says, and is recorded before anything is asked", async () => {
  const answer = { turn: 1, text: "Up." };
  const { end, model, journal } = working([submitting], { recorded: [open], answer });
  expect(await end).toMatchObject({ status: "submitted", turns: 2 });
  const results = {
    role: "tool",
    results: [{ callId: "call-ask_human", name: "ask_human", text: "Up.", isError: false }],
  };
  expect(model.requests[0]?.messages.at(-1)).toEqual(results);
  expect(journal.turns[0]?.results).toEqual(results);
});

test("an answer to an earlier question is none to the next one", async () => {
  const answered: RecordedTurn = { ...open, results: { role: "tool", results: [] } };
  const recorded = [answered, { ...open, n: 2 }];
  const { end } = working([], { recorded, answer: { turn: 1, text: "Up." } });
  expect(await end).toMatchObject({ status: "asked", question, turns: 2 });
});

test("a question beside other calls is not asked, and they are run", async () => {
  const both = calling(aCall("bash", { command: "echo one" }), aCall("ask_human", { question: "Up?" }));
  const { end, journal } = working([both, submitting]);
  expect(await end).toMatchObject({ status: "submitted" });
  expect(journal.turns[0]?.results).toMatchObject({
    results: [
      { name: "bash", text: expect.stringContaining("one") },
      { name: "ask_human", text: expect.stringContaining("Call ask_human alone"), isError: true },
    ],
  });
});

test("a person's stop ends what is under way like a limit", async () => {
  const stop = new AbortController();
  const slow = calling(aCall("bash", { command: "sleep 600" }));
  const { end } = working([listing, slow], {
    stop: stop.signal,
    tell: async (event) => {
      if (event.type === "turn_finished" && event.n === 2) stop.abort(new Error("Stopped by @bob."));
    },
  });
  expect(await end).toMatchObject({ status: "stopped", cause: "stopped", reason: "Stopped by @bob.", turns: 2 });
});
