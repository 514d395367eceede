import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { accept } from "../../../src/store/accept.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import type { Db } from "../../../src/store/schema.ts";
import { concludeRun } from "../../../src/store/tickets.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

const runs = 50;
const { budget } = operatorSettings.parse({ budget: { ticket_usd: 1.5, repo_day_usd: 6, day_usd: 20 } });
const limits = { ticket: budget.ticket_usd, repository: budget.repo_day_usd, day: budget.day_usd };
const now = () => new Date("2026-01-05T12:00:00Z");

// Of a cent, and of parts that no floating-point number holds.
const usd = fc.nat(60).map((cents) => cents / 100 + 1e-8);
const call = fc.record({
  usd,
  /** How much of what was reserved. */
  billed: fc.constantFrom(0, 0.1, 0.5, 1),
  after: fc.constantFrom("settle", "settle", "settle", "crash", "keep going" as const),
});
const storm = fc.array(fc.array(call, { minLength: 1, maxLength: 6 }), { minLength: runs, maxLength: runs });

test("no budget is ever passed, whatever fifty runs at once reserve, settle and leave behind", async () => {
  await fc.assert(
    fc.asyncProperty(storm, async (calls) => {
      await using created = await testDatabase();
      await using store = await openStore(created.url, { connections: runs + 1 });
      const { db } = store;
      let refusals = 0;
      let going = true;

      const work = async (issue: number) => {
        const repo = { owner: "acme", name: `repo-${issue % 5}`, installationId: 7 };
        const accepted = await accept(db, aDelivery(`${issue}`), anIntent({ issue, repo }), async () => undefined);
        if (accepted.status !== "queued") return expect.unreachable(accepted.status);
        const { runId, ticketId } = accepted;
        let lease = await take(db, runId);
        for (const { usd, billed, after } of calls[issue - 1] ?? []) {
          try {
            const purse = openPurse(db, lease, { step: "code", budget, now });
            const reservation = await purse.reserve({ model: "played/one", usd });
            if (after === "settle") await reservation.settle({ usd: usd * billed, usage: undefined });
            if (after === "crash") lease = await take(db, runId);
          } catch (error) {
            if (!(error instanceof NightshiftError && error.code === "budget_exhausted")) throw error;
            refusals += 1;
          }
        }
        if (issue % 2 === 0) {
          await concludeRun(db, lease, ticketId, "failed", { status: "failed", reason: "its work is done" });
        }
      };
      const watch = async () => {
        while (going) expect(await wrongBalances(db)).toEqual([]);
      };
      const working = Promise.all(Array.from({ length: runs }, (_, at) => work(at + 1))).finally(() => {
        going = false;
      });
      await Promise.all([working, watch()]);

      expect(await wrongBalances(db)).toEqual([]);
      expect(refusals).toBeGreaterThan(0);
      const open = await db.selectFrom("ledger").select("runId").where("settledUsd", "is", null).execute();
      const live = await db.selectFrom("runs").select("id").where("status", "=", "running").execute();
      expect(new Set(live.map(({ id }) => id))).toEqual(
        new Set([...live.map(({ id }) => id), ...open.map((it) => it.runId)]),
      );
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

async function take(db: Db, runId: string) {
  return { runId, lease: (await takeRun(db, runId))?.lease ?? expect.unreachable("it has ended") };
}

/** Balances that are not the sum of the ledger, or are over their limit, as one moment of the database shows them. */
async function wrongBalances(db: Db): Promise<readonly unknown[]> {
  const { rows } = await sql`
    with sums as (
      select unnest(budgets_of(ticket_id, owner, repo, day)) as budget, sum(coalesce(settled_usd, reserved_usd)) as usd
      from ledger group by 1
    )
    select budget, held_usd, usd from balances full join sums using (budget)
    where coalesce(held_usd, 0) <> coalesce(usd, 0) or held_usd > case split_part(budget, ':', 1)
      when 'ticket' then ${limits.ticket}::numeric when 'repository' then ${limits.repository}::numeric
      else ${limits.day}::numeric end`.execute(db);
  return rows;
}
