import { afterAll, beforeAll, expect, test } from "vitest";
import type { Model } from "../../../src/domain/model.ts";
import { coded } from "../../../src/execution/coded.ts";
import { executeRun } from "../../../src/execution/execute-run.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { findStep } from "../../../src/store/steps.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { unavailable } from "../../support/acting-model.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const minute = 60_000;
const write = (n: number) => calling(aCall("bash", { command: `echo ${n} >> a.txt` }));

test("a round that is taken up again counts the time that was worked on it before, and not the time in between", async () => {
  using repository = bareMirror({ "a.txt": "0\n" });
  let now = 0;
  let calls = 0;
  const played = playedModel([write(1), write(2), write(3), write(4)]);
  // Ten minutes for an answer, and no third one from the first worker.
  const model: Model = {
    ...played,
    async complete(...of) {
      calls += 1;
      if (calls === 3) throw unavailable;
      now += 10 * minute;
      return await played.complete(...of);
    },
  };
  const settings = { budget: { minutes: 30, ticket_usd: 100 } };
  const run = await aQueuedRun({
    store,
    repository,
    issue: 1,
    models: modelsOf(model),
    settings,
    says: { test: "true" },
  });
  const factory = { ...run.factory, clock: () => now };
  const attempt = (lastAttempt: boolean) =>
    executeRun(run.runId, factory, { signal: new AbortController().signal, attempt: 0, lastAttempt });

  await expect(attempt(false)).rejects.toThrow();
  expect(now).toBe(20 * minute);
  // Another process, hours later.
  now = 500 * minute;
  await attempt(false);

  const code = await findStep(store.db, run.runId, "code", coded);
  expect(code?.output).toMatchObject({
    ...{ status: "changed", stop: "time", turns: 3, timeMs: 30 * minute },
    unfinished: "the time limit of 1800 s is reached",
  });
  expect(run.pulls).toMatchObject([{ draft: true }]);
});
