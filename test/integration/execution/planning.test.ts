import { afterAll, beforeAll, expect, test } from "vitest";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import { executeRun } from "../../../src/execution/execute-run.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 9000;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "empty\n" });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const read = calling(aCall("read_file", { path: "a.txt" }));
const planned = calling(aCall("submit", { goal: "A better text.", steps: [{ what: "Write it." }] }));
const write = (text: string) => calling(aCall("bash", { command: `echo ${text} > a.txt` }));
const submit = calling(aCall("submit", { title: "Try", what: "It is tried.", why: "It was wanted." }));

/** A run that is planned first; each of its calls takes so many minutes by its clock. */
async function aPlannedRun(
  replies: readonly AssistantMessage[],
  { turns = 60, minutes = 0 }: { readonly turns?: number; readonly minutes?: number },
) {
  issue += 1;
  let now = 0;
  const played = playedModel(replies, free);
  const model: typeof played = {
    ...played,
    complete: async (...of) => {
      now += minutes * 60_000;
      return await played.complete(...of);
    },
  };
  const settings = { budget: { turns } };
  const says = { plan: "always", triage: "never", test: "true" };
  const run = await aQueuedRun({ store, repository, issue, models: modelsOf(model), settings, says });
  const { signal } = new AbortController();
  const factory = { ...run.factory, clock: () => now };
  await executeRun(run.runId, factory, {
    ...{ signal, attempt: 0, lastAttempt: true },
    listen: (_, event) => void run.events.push(event),
  });
  return { ...run, asked: played.requests.length };
}

test("the turns of a plan are the run's: its coder has what they left", async () => {
  const run = await aPlannedRun([read, planned, ...["b", "c", "d", "e", "f", "g"].map(write)], { turns: 6 });
  expect(run.asked).toBe(6);
  expect(run.comment()).toContain("the limit of 4 turns is reached");
});

test("and so is its time", async () => {
  const run = await aPlannedRun([planned, write("b"), write("c"), submit], { minutes: 20 });
  expect(run.asked).toBe(3);
  expect(run.comment()).toContain("the time limit of 1500 s is reached");
});

test("a planner takes half of the run's turns at most, and the work goes on without its plan", async () => {
  const run = await aPlannedRun([read, read, write("b"), submit], { turns: 4 });
  expect(run.told("warned").map(({ message }) => message)).toEqual([
    "Without a plan: The planner stopped without a plan: the limit of 2 turns is reached.",
  ]);
  expect(await run.status()).toBe("succeeded");
});

test("where a run has but one turn, it is the coder's", async () => {
  const run = await aPlannedRun([write("b")], { turns: 1 });
  expect(run.told("warned")).toEqual([
    { type: "warned", message: expect.stringContaining("The operator can raise `budget.turns`") },
  ]);
  expect(run.asked).toBe(1);
  expect(run.comment()).toContain("the limit of 1 turns is reached");
});
