import { sql } from "kysely";
import { expect, test } from "vitest";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { accept } from "../../../src/store/accept.ts";
import { appendRunEvent, listEvents } from "../../../src/store/events.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { completeTurn, insertTurn, listTurns } from "../../../src/store/turns.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

test("what every turn calls is planned once in a connection, and no other statement is kept there", async () => {
  await using database = await testDatabase();
  await using store = await openStore(database.url, { connections: 1 });
  const { db } = store;
  const accepted = await accept(db, aDelivery("prepared"), anIntent({ issue: 1 }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const run = await takeRun(db, accepted.runId);
  const lease = { runId: accepted.runId, lease: run?.lease ?? 0 };
  const { budget } = operatorSettings.parse({});
  const purse = openPurse(db, lease, { step: "code", budget, now: () => new Date("2026-01-05") });

  for (const n of [1, 2, 3]) {
    const reservation = await purse.reserve({ model: "one/model", usd: 0.5 });
    await reservation.settle({ usd: 0.1, usage: undefined });
    const turn = { step: "code", n, messages: [{ role: "user", text: `said ${n}` } as const] };
    await insertTurn(db, lease, { ...turn, costUsd: 0.1 });
    await appendRunEvent(db, lease, { type: "warned", message: `told ${n}` });
    await completeTurn(db, lease, { ...turn, checkpoint: undefined });
  }

  const { rows } = await sql<{ name: string; calls: number }>`
    select name, generic_plans + custom_plans as calls from pg_prepared_statements order by name`.execute(db);
  expect(rows).toEqual(
    ["append_run_event", "complete_turn", "record_turn", "reserve_call", "settle_call"].map((name) => ({
      name,
      calls: 3,
    })),
  );
  expect((await listTurns(db, lease.runId, "code")).map(({ messages }) => messages)).toEqual(
    [1, 2, 3].map((n) => [{ role: "user", text: `said ${n}` }]),
  );
  const told = (await listEvents(db, accepted.ticketId)).map(({ event }) => event);
  expect(told.slice(-3)).toEqual([1, 2, 3].map((n) => ({ type: "warned", message: `told ${n}` })));
});
