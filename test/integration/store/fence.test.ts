import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { accept } from "../../../src/store/accept.ts";
import { appendEvents, listEvents } from "../../../src/store/events.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun, isLeaseAlive, type Lease, takeRun } from "../../../src/store/runs.ts";
import type { Tx } from "../../../src/store/schema.ts";
import { findStep, saveStep } from "../../../src/store/steps.ts";
import { insertSummary, listSummaries } from "../../../src/store/summaries.ts";
import { concludeRun, getTicket, moveTicket, setDelivered } from "../../../src/store/tickets.ts";
import { completeTurn, insertTurn, listTurns } from "../../../src/store/turns.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { saying } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

/** A run that one worker took, and then another. */
async function takenTwice(): Promise<{ readonly ticketId: string; readonly old: Lease; readonly current: Lease }> {
  issue += 1;
  const accepted = await accept(store.db, aDelivery(`fence-${issue}`), anIntent({ issue }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId, ticketId } = accepted;
  const take = async () => ({ runId, lease: (await takeRun(store.db, runId))?.lease ?? 0 });
  return { ticketId, old: await take(), current: await take() };
}

test("a worker whose run was taken over can write nothing more", async () => {
  const { ticketId, old, current } = await takenTwice();
  const turn = { step: "code", n: 1, messages: [{ role: "user", text: "hello" } as const] };
  await insertTurn(store.db, current, { ...turn, costUsd: 0.01 });

  const writes = {
    step: () => saveStep(store.db, old, "admit", true),
    move: () => moveTicket(store.db, old, ticketId, "coding_started"),
    delivered: () => setDelivered(store.db, old, ticketId, { branch: "fix/1", headSha: "abc" }),
    turn: () => insertTurn(store.db, old, { ...turn, n: 2, costUsd: 1 }),
    answers: () => completeTurn(store.db, old, { ...turn, messages: [], checkpoint: undefined }),
    summary: () => insertSummary(store.db, old, { step: "code", n: 1, after: 1, made: null, costUsd: 1 }),
    end: () => concludeRun(store.db, old, ticketId, "failed", { status: "failed", reason: "no" }),
  };
  for (const [name, write] of Object.entries(writes)) {
    await expect(write(), name).rejects.toMatchObject({ code: "lease_lost" });
  }

  expect(await findStep(store.db, old.runId, "admit", z.boolean())).toBeUndefined();
  expect(await getTicket(store.db, ticketId)).toMatchObject({ state: "queued", branch: null });
  expect(await listTurns(store.db, old.runId, "code")).toEqual([
    { n: 1, messages: turn.messages, costUsd: 0.01, checkpoint: null, request: null },
  ]);
  expect(await listSummaries(store.db, old.runId, "code")).toEqual([]);
  expect(await getRun(store.db, old.runId)).toMatchObject({ status: "running", lease: current.lease });
  expect([await isLeaseAlive(store.db, old), await isLeaseAlive(store.db, current)]).toEqual([false, true]);
});

test("a turn that waits while another worker takes the run is not recorded", async () => {
  const { current } = await takenTwice();
  const { runId, lease } = current;
  const turn = { step: "code", n: 1, messages: [], costUsd: 0.01, checkpoint: undefined };
  const writes = {
    paid: () => insertTurn(store.db, current, turn),
    answered: () => completeTurn(store.db, current, turn),
  };
  for (const [name, write] of Object.entries(writes)) {
    const late = await store.db.transaction().execute(async (tx) => {
      await tx
        .updateTable("runs")
        .set({ lease: lease + 1 })
        .where("id", "=", runId)
        .execute();
      const written = expect(write(), name).rejects.toMatchObject({ code: "lease_lost" });
      while (!(await waitsForLock()));
      return { written };
    });
    await late.written;
    await store.db.updateTable("runs").set({ lease }).where("id", "=", runId).execute();
  }

  expect(await listTurns(store.db, runId, "code")).toEqual([]);
});

test("a paid turn waits for the disk; its results, and what is told of it, are on it with the next that does", async () => {
  const { current, ticketId } = await takenTwice();
  const turn = { step: "code", n: 1, messages: [], costUsd: 0.01, checkpoint: undefined };
  const { db } = store;
  const writes = {
    paid: (tx: Tx) => insertTurn(tx, current, turn),
    answered: (tx: Tx) => completeTurn(tx, current, turn),
    told: (tx: Tx) => appendEvents(tx, { ticketId, runId: null }, [{ type: "warned", message: "Told with the rest." }]),
  };
  const waits = (write: (tx: Tx) => Promise<void>) =>
    db.transaction().execute(async (tx) => {
      await write(tx);
      const { rows } = await sql<{ on: string }>`select current_setting('synchronous_commit') as on`.execute(tx);
      return rows[0]?.on;
    });

  expect([await waits(writes.paid), await waits(writes.answered), await waits(writes.told)]).toEqual([
    "on",
    "off",
    "on",
  ]);
});

/** Whether somebody waits for a lock in this database. */
async function waitsForLock(): Promise<boolean> {
  const { rows } = await sql`select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%_turn(%'`.execute(store.db);
  return rows.length > 0;
}

test("a run that has ended is not taken again", async () => {
  const { ticketId, current } = await takenTwice();
  await concludeRun(store.db, current, ticketId, "failed", { status: "failed", reason: "no luck" });

  expect(await takeRun(store.db, current.runId)).toBeUndefined();
  expect(await getRun(store.db, current.runId)).toMatchObject({ status: "failed", reason: "no luck" });
  expect((await getTicket(store.db, ticketId)).state).toBe("failed");
  expect(await isLeaseAlive(store.db, current)).toBe(false);
});

test("a forbidden move changes neither the ticket nor the run", async () => {
  const { ticketId, current } = await takenTwice();
  const end = concludeRun(store.db, current, ticketId, "readied", { status: "succeeded", summary: "too early" });

  await expect(end).rejects.toMatchObject({ code: "forbidden_transition" });
  expect((await getTicket(store.db, ticketId)).state).toBe("queued");
  expect((await getRun(store.db, current.runId)).status).toBe("running");
});

test("a step's output is found again as it was, parsed", async () => {
  const { current } = await takenTwice();
  const output = z.object({ at: z.string(), n: z.number() });
  await saveStep(store.db, current, "publish", { at: "12\0", n: 3 });

  expect(await findStep(store.db, current.runId, "publish", output)).toEqual({ output: { at: "12\ufffd", n: 3 } });
  expect(await findStep(store.db, current.runId, "verify", output)).toBeUndefined();
});

test("events are listed in the order in which they happened, after the one that is known", async () => {
  const { ticketId } = await takenTwice();
  const [first, ...rest] = await listEvents(store.db, ticketId);
  expect(await listEvents(store.db, ticketId, first?.id)).toEqual(rest);
});

test("a call comes back letter by letter, so that a provider knows the conversation that is taken up again", async () => {
  const { current } = await takenTwice();
  const args = { path: "a.js", from_line: 1, to_line: 80 };
  const call = { type: "tool_call", id: "1", name: "read_file", arguments: args } as const;
  const messages = [{ ...saying(""), content: [call] }];
  const turn = { step: "code", n: 1, messages, costUsd: 0, checkpoint: undefined };
  const recorded = async () => JSON.stringify((await listTurns(store.db, current.runId, "code"))[0]?.messages);
  await insertTurn(store.db, current, turn);
  expect(await recorded()).toContain(JSON.stringify(args));
  await completeTurn(store.db, current, turn);
  expect(await recorded()).toContain(JSON.stringify(args));
});
