import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accept } from "../../../src/store/accept.ts";
import { hashOf } from "../../../src/store/artifacts.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { type Lease, takeRun } from "../../../src/store/runs.ts";
import type { Db } from "../../../src/store/schema.ts";
import { completeTurn, dropCheckpoints, insertTurn, listTurns } from "../../../src/store/turns.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const turn = { step: "code", n: 1, messages: [] };

/** A run whose one turn is paid. */
async function aTurn(): Promise<Lease> {
  issue += 1;
  const accepted = await accept(store.db, aDelivery(`turn-${issue}`), anIntent({ issue }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const lease = { runId: accepted.runId, lease: (await takeRun(store.db, accepted.runId))?.lease ?? 0 };
  await insertTurn(store.db, lease, { ...turn, costUsd: 0.01 });
  return lease;
}

const answer = (db: Db, lease: Lease, content: Buffer) =>
  completeTurn(db, lease, { ...turn, checkpoint: { hash: hashOf(content), content } });

async function kept(): Promise<readonly string[]> {
  return (await store.db.selectFrom("artifacts").select("hash").execute()).map(({ hash }) => hash);
}

async function somebodyWaits(): Promise<void> {
  const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await waiting.execute(store.db)).rows.length === 0);
}

test("work that two runs have in common is gone when both have let it go at the same time", async () => {
  const [one, other] = [await aTurn(), await aTurn()];
  const work = Buffer.from("the same");
  for (const lease of [one, other]) await answer(store.db, lease, work);
  expect(await kept()).toEqual([hashOf(work)]);

  const second = await store.db.transaction().execute(async (first) => {
    await dropCheckpoints(first, [one.runId]);
    const second = store.db.transaction().execute((tx) => dropCheckpoints(tx, [other.runId]));
    await Promise.race([somebodyWaits(), second]);
    return { ended: second };
  });
  await second.ended;
  expect(await kept()).toEqual([]);
});

test("work that a run comes to while another one lets it go is kept", async () => {
  const [one, other] = [await aTurn(), await aTurn()];
  const work = Buffer.from("again the same");
  await answer(store.db, one, work);

  const second = await store.db.transaction().execute(async (first) => {
    await dropCheckpoints(first, [one.runId]);
    const second = answer(store.db, other, work);
    await Promise.race([somebodyWaits(), second]);
    return { ended: second };
  });
  await second.ended;
  expect(await kept()).toEqual([hashOf(work)]);
  expect(await listTurns(store.db, other.runId, "code")).toMatchObject([{ checkpoint: hashOf(work) }]);

  const third = await aTurn();
  const dropped = await store.db.transaction().execute(async (tx) => {
    await answer(tx, third, work);
    const dropped = store.db.transaction().execute((late) => dropCheckpoints(late, [other.runId]));
    await somebodyWaits();
    return { ended: dropped };
  });
  await dropped.ended;
  expect(await kept()).toEqual([hashOf(work)]);
  await store.db.transaction().execute((tx) => dropCheckpoints(tx, [third.runId]));
  expect(await kept()).toEqual([]);
});

test("a worker whose run was taken over leaves no work behind", async () => {
  const lease = await aTurn();
  const late = answer(store.db, { ...lease, lease: lease.lease - 1 }, Buffer.from("late"));
  await expect(late).rejects.toMatchObject({ code: "lease_lost" });
  expect(await kept()).toEqual([]);
});
