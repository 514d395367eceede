import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Evidence } from "../../../src/domain/evidence.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import type { TicketDocument } from "../../../src/domain/ticket.ts";
import { type Round, stepOf } from "../../../src/execution/round.ts";
import { accept } from "../../../src/store/accept.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import { modelResults } from "../../../src/store/model-results.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { saveStep } from "../../../src/store/steps.ts";
import { anIdleRound, aRound, green } from "../../support/a-round.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

/** A run that has been through these rounds. */
async function aRunOf(ticketType: TicketDocument["type"], rounds: readonly Round[]): Promise<string> {
  issue += 1;
  const accepted = await accept(
    store.db,
    aDelivery(`r-${issue}`),
    anIntent({ issue, ticketType }),
    async () => undefined,
  );
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const run = await takeRun(store.db, accepted.runId);
  const lease = { runId: accepted.runId, lease: run?.lease ?? 0 };
  for (const [index, { work, seen }] of rounds.entries()) {
    const purse = openPurse(store.db, lease, { step: stepOf("code", index + 1), budget, now: () => new Date() });
    // Another model broke off before this one answered.
    const paid = [
      { model: "other/one", usd: 3 },
      { model: work.model, usd: work.costUsd },
    ];
    for (const { model, usd } of paid) await (await purse.reserve({ model, usd })).settle({ usd, usage: undefined });
    await saveStep(store.db, lease, stepOf("code", index + 1), work);
    if (seen !== undefined) await saveStep(store.db, lease, stepOf("verify", index + 1), seen);
    await saveStep(store.db, lease, stepOf("decide", index + 1), { next: "end" });
  }
  return accepted.runId;
}

const { budget } = operatorSettings.parse({ budget: { ticket_usd: 100, repo_day_usd: 1000, day_usd: 1000 } });

const by = (model: string, seen: Evidence, unfinished: string | null = null) =>
  aRound({ work: { model, unfinished, turns: 10, costUsd: 0.25 }, seen });
const { seen: red = null } = aRound();

test("how models have done is told by model and type of ticket, each run a try", async () => {
  await aRunOf("bug", [by("local/small", red), by("local/small", green)]);
  await aRunOf("bug", [by("local/small", red), by("claude/large", green)]);
  await aRunOf("feature", [by("local/small", green)]);
  // Green, but stopped before it handed in, as when it was stuck.
  await aRunOf("chore", [by("local/small", green, "it was stuck")]);
  await aRunOf("chore", [anIdleRound({ model: "claude/large", stop: "turns", turns: 30, costUsd: 1 })]);
  // The round of a run that another one takes up stands in that one as well.
  const asked = await aRunOf("bug", [by("local/tiny", red)]);
  const next = await aRunOf("bug", []);
  await sql`insert into steps (run_id, name, output, finished_at)
    select ${next}, name, output, finished_at from steps where run_id = ${asked}`.execute(store.db);
  // These tell nothing: no test command, and a set-up that failed before anybody was asked.
  await aRunOf("bug", [by("local/small", null)]);
  await aRunOf("bug", [anIdleRound({ model: "local/small", turns: 0, costUsd: 0 })]);
  // Red as the base is, and so not by its fault.
  await aRunOf("feature", [by("claude/large", red && { ...red, passed: true })]);

  const one = { tries: 1, meanCostUsd: 0.25, meanTurns: 10 };
  expect(await modelResults(store.db)).toEqual([
    { ...one, model: "claude/large", ticketType: "bug", passed: 1, share: 1 },
    { model: "claude/large", ticketType: "chore", tries: 1, passed: 0, share: 0, meanCostUsd: 1, meanTurns: 30 },
    { ...one, model: "claude/large", ticketType: "feature", passed: 1, share: 1 },
    { model: "local/small", ticketType: "bug", tries: 2, passed: 1, share: 0.5, meanCostUsd: 0.375, meanTurns: 15 },
    { ...one, model: "local/small", ticketType: "chore", passed: 0, share: 0 },
    { ...one, model: "local/small", ticketType: "feature", passed: 1, share: 1 },
    { ...one, model: "local/tiny", ticketType: "bug", passed: 0, share: 0 },
  ]);
});
