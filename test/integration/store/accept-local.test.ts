import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalWish } from "../../../src/domain/intent.ts";
import { acceptLocal } from "../../../src/store/accept-local.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun, listLiveRuns, takeRun } from "../../../src/store/runs.ts";
import { listSteps, saveStep } from "../../../src/store/steps.ts";
import { concludeRun, getTicket } from "../../../src/store/tickets.ts";
import { insertTurn, listTurns } from "../../../src/store/turns.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const aWish = (changes: Partial<LocalWish> = {}): LocalWish => ({
  repo: { owner: "/home/ada", name: "shop", installationId: 0 },
  externalId: "3fa9c2d1",
  title: "Sum is wrong",
  body: "It is 2.",
  ticketType: "bug",
  priority: "medium",
  requestedBy: { login: "ada", id: 0 },
  ...changes,
});
const anew = async () => false;

test("a wish has one ticket, and one run until that has ended", async () => {
  const { db } = store;
  const first = await acceptLocal(db, aWish(), anew);
  expect(await acceptLocal(db, aWish({ body: "Other words." }), anew)).toEqual({ ...first, resumed: true });
  const { ticketId } = await getRun(db, first.runId);
  expect(await getTicket(db, ticketId)).toMatchObject({ source: "local", body: "Other words.", state: "queued" });

  const run = await takeRun(db, first.runId);
  const lease = { runId: first.runId, lease: run?.lease ?? 0 };
  const opening = { role: "user", text: "Other words." } as const;
  for (const n of [0, 1]) await insertTurn(db, lease, { step: "code", n, messages: [opening], costUsd: n });
  await expect(acceptLocal(db, aWish({ body: "Quite others." }), anew)).rejects.toMatchObject({ code: "bad_input" });
  expect(await acceptLocal(db, aWish({ body: "Other words." }), anew)).toEqual({ ...first, resumed: true });
  await concludeRun(db, lease, ticketId, "failed", { status: "failed", reason: "x" });
  const second = await acceptLocal(db, aWish({ body: "Other words." }), async () => true);
  expect(second).toEqual({ runId: expect.not.stringContaining(first.runId), resumed: false });
  expect(await getRun(db, second.runId)).toMatchObject({ ticketId, goesOn: true });
  expect(await getTicket(db, ticketId)).toMatchObject({ body: "Other words.", state: "queued" });
});

test("what was put in the old words and never answered is forgotten with them", async () => {
  const { db } = store;
  const { runId } = await acceptLocal(db, aWish({ externalId: "reworded" }), anew);
  const lease = { runId, lease: (await takeRun(db, runId))?.lease ?? 0 };
  await saveStep(db, lease, "base", "abc");
  const opening = { role: "user", text: "It is 2." } as const;
  await insertTurn(db, lease, { step: "triage", n: 0, messages: [opening], costUsd: 0 });

  expect(await acceptLocal(db, aWish({ externalId: "reworded" }), anew)).toEqual({ runId, resumed: true });
  expect(await listSteps(db, runId)).toMatchObject([{ name: "base" }]);
  expect(await acceptLocal(db, aWish({ externalId: "reworded", body: "It is 3." }), anew)).toMatchObject({ runId });
  expect(await listSteps(db, runId)).toEqual([]);
  expect(await listTurns(db, runId, "triage")).toEqual([]);
});

test("what is refused leaves nothing behind", async () => {
  const wish = aWish({ externalId: "refused" });
  const refuse = async () => {
    throw new Error("Somebody's branch.");
  };
  await expect(acceptLocal(store.db, wish, refuse)).rejects.toThrow("Somebody's branch.");
  expect(await acceptLocal(store.db, wish, anew)).toMatchObject({ resumed: false });
});

test("a worker that shares the database leaves such a run alone", async () => {
  const { runId } = await acceptLocal(store.db, aWish({ externalId: "mine" }), anew);
  expect(await listLiveRuns(store.db)).not.toContain(runId);
});
