import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { accept } from "../../../src/store/accept.ts";
import { acceptLocal } from "../../../src/store/accept-local.ts";
import { openPurse, settleEnded } from "../../../src/store/ledger.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { type Lease, takeRun } from "../../../src/store/runs.ts";
import { readSpending, totalUsd } from "../../../src/store/spending.ts";
import { concludeRun } from "../../../src/store/tickets.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let day = Date.parse("2026-01-01T12:00:00Z");
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());
// A day of its own for each test.
beforeEach(() => {
  day += 2 * 86_400_000;
});

const model = "played/one";
const usage = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 };
const generous = { ticket_usd: 100, repo_day_usd: 100, day_usd: 100 };

async function aRun(repo = "shop"): Promise<{ readonly ticketId: string; readonly lease: Lease }> {
  issue += 1;
  const intent = anIntent({ issue, repo: { owner: "acme", name: repo, installationId: 7 } });
  const accepted = await accept(store.db, aDelivery(`ledger-${issue}`), intent, async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  return { ticketId: accepted.ticketId, lease: await taken(accepted.runId) };
}

async function taken(runId: string): Promise<Lease> {
  return { runId, lease: (await takeRun(store.db, runId))?.lease ?? expect.unreachable("it has ended") };
}

const purseOf = (lease: Lease, limits: object = {}, now = () => new Date(day)) => {
  const { budget } = operatorSettings.parse({ budget: { ...generous, ...limits } });
  return openPurse(store.db, lease, { step: "code", budget, now });
};

const exhausted = (message: RegExp) =>
  expect.objectContaining({ code: "budget_exhausted", message: expect.stringMatching(message) });

test("a budget covers what fits into it to the last cent, and no more", async () => {
  const { lease } = await aRun();
  const purse = purseOf(lease, { ticket_usd: 1 });
  // 0.1 and 0.2 are no sums of powers of two: as floating-point numbers they pass 0.3.
  await purse.reserve({ model, usd: 0.1 });
  await purse.reserve({ model, usd: 0.2 });
  await purse.reserve({ model, usd: 0.7 });
  await expect(purse.reserve({ model, usd: 0.00000001 })).rejects.toThrow(/the ticket's budget of \$1\.00/);
});

test("what a call came to counts instead of what was reserved for it", async () => {
  const { lease, ticketId } = await aRun();
  const purse = purseOf(lease, { ticket_usd: 1 });
  const call = await purse.reserve({ model, usd: 0.9 });
  await expect(purse.reserve({ model, usd: 0.9 })).rejects.toThrow("does not cover another call");
  await call.settle({ usd: 0.1, usage });
  await purse.reserve({ model, usd: 0.9 });

  expect(await readSpending(store.db, ticketId)).toEqual({
    budgetUsd: null,
    lines: [{ runId: lease.runId, step: "code", model, calls: 2, usd: 1 }],
  });
  const rows = await store.db.selectFrom("ledger").selectAll().where("ticketId", "=", ticketId).orderBy("id").execute();
  expect(rows).toMatchObject([
    { owner: "acme", repo: "shop", step: "code", model, reservedUsd: 0.9, settledUsd: 0.1, usage },
    { reservedUsd: 0.9, settledUsd: null, usage: null, settledAt: null },
  ]);
});

test("an amount that is no number is refused and leaves the books as they were", async () => {
  const { lease, ticketId } = await aRun();
  const purse = purseOf(lease);
  await expect(purse.reserve({ model, usd: Number.NaN })).rejects.toThrow("violates check constraint");
  const call = await purse.reserve({ model, usd: 1 });
  await expect(call.settle({ usd: Number.NaN, usage })).rejects.toThrow("violates check constraint");
  expect(totalUsd(await readSpending(store.db, ticketId))).toBe(1);
});

test("a refused reservation leaves nothing behind in any budget", async () => {
  const [one, two] = [await aRun(), await aRun()];
  await expect(purseOf(one.lease, { day_usd: 1 }).reserve({ model, usd: 1.5 })).rejects.toThrow("for all repositories");
  await purseOf(two.lease, { day_usd: 1, repo_day_usd: 1 }).reserve({ model, usd: 1 });
  expect(totalUsd(await readSpending(store.db, one.ticketId))).toBe(0);
});

test("the error says which budget it is, what was spent and how to go on", async () => {
  const { lease } = await aRun();
  await (await purseOf(lease).reserve({ model, usd: 4 })).settle({ usd: 4, usage });
  const refusal = (limits: object, usd = 2) => purseOf(lease, limits).reserve({ model, usd });
  await expect(refusal({ ticket_usd: 5 })).rejects.toEqual(
    exhausted(
      /^the ticket's budget of \$5\.00 does not cover another call \(\$4\.0000 spent or reserved, up to \$2\.0000 for the next\); comment `\/robot budget 10` to go on from here$/,
    ),
  );
  await expect(refusal({ ticket_usd: 5, ticket_max_usd: 8 })).rejects.toEqual(exhausted(/`\/robot budget 8`/));
  await expect(refusal({ ticket_usd: 5, ticket_max_usd: 5 })).rejects.toEqual(
    exhausted(/a comment may allow \$5\.00 at most: raise budget\.ticket_max_usd in nightshift\.yaml$/),
  );
  await expect(refusal({ repo_day_usd: 5 })).rejects.toEqual(
    exhausted(
      /^the day's budget for acme\/shop of \$5\.00 .*raise budget\.repo_day_usd in nightshift\.yaml, or .*tomorrow .*; then comment `\/robot budget N` to go on/,
    ),
  );
  await expect(refusal({ day_usd: 5 })).rejects.toEqual(
    exhausted(/^the day's budget for all repositories of \$5\.00 .*raise budget\.day_usd in nightshift\.yaml, or /),
  );
});

test("for a wish from the command line, the same command goes on", async () => {
  const repo = { owner: "/home/ada", name: "shop", installationId: 0 };
  const wish = { repo, externalId: "0", ticketType: "bug", priority: "medium", title: "Mend", body: "" } as const;
  const by = { requestedBy: { login: "ada", id: 0 } };
  const lease = await taken((await acceptLocal(store.db, { ...wish, ...by }, async () => false)).runId);
  const refusal = (limits: object) => purseOf(lease, limits).reserve({ model, usd: 2 });
  await expect(refusal({ ticket_usd: 1, ticket_max_usd: 1 })).rejects.toEqual(
    exhausted(/; call the same command again with `--budget 2` to go on from here$/),
  );
  await expect(refusal({ day_usd: 1 })).rejects.toEqual(
    exhausted(/raise budget\.day_usd .*; then call the same command again to go on from here$/),
  );
});

test("a repository's day counts all its tickets and no other repository, the installation's day everything", async () => {
  const [first, second, other] = [await aRun("one"), await aRun("one"), await aRun("two")];
  const limits = { repo_day_usd: 1, day_usd: 1.5 };
  await purseOf(first.lease, limits).reserve({ model, usd: 1 });
  await expect(purseOf(second.lease, limits).reserve({ model, usd: 0.1 })).rejects.toThrow("budget for acme/one");
  await purseOf(other.lease, limits).reserve({ model, usd: 0.5 });
  await expect(purseOf(other.lease, limits).reserve({ model, usd: 0.1 })).rejects.toThrow("for all repositories");
});

test("a call in flight across midnight counts on the day of its reservation", async () => {
  const { lease } = await aRun();
  const evening = purseOf(lease, { day_usd: 1 }, () => new Date("2025-12-31T23:59:59.999Z"));
  const morning = purseOf(lease, { day_usd: 1 }, () => new Date("2026-01-01T00:00:00Z"));
  const call = await evening.reserve({ model, usd: 1 });
  await morning.reserve({ model, usd: 1 });
  await call.settle({ usd: 0.25, usage });
  await expect(morning.reserve({ model, usd: 0.1 })).rejects.toThrow("for all repositories");
  await evening.reserve({ model, usd: 0.75 });
});

test("a call that is covered is told what the tightest of its budgets still holds beside it", async () => {
  const { lease, ticketId } = await aRun();
  const left = async (limits: object) => (await purseOf(lease, limits).reserve({ model, usd: 1 })).left;
  expect(await left({ ticket_usd: 5 })).toEqual({ usd: 4, ofUsd: 5 });
  expect(await left({ ticket_usd: 5, repo_day_usd: 4.5 })).toEqual({ usd: 2.5, ofUsd: 5 });
  expect(await left({ ticket_usd: 5, day_usd: 3.25 })).toEqual({ usd: 0.25, ofUsd: 5 });
  await store.db.updateTable("tickets").set({ budgetUsd: 10 }).where("id", "=", ticketId).execute();
  expect(await left({ ticket_usd: 5 })).toEqual({ usd: 6, ofUsd: 10 });
});

test("what a worker that died had reserved counts in full when the run is taken again, and that worker can pay no more", async () => {
  const { lease: dead, ticketId } = await aRun();
  const purse = purseOf(dead, { ticket_usd: 1 });
  const call = await purse.reserve({ model, usd: 0.6 });
  const lease = await taken(dead.runId);

  await expect(call.settle({ usd: 0.1, usage })).rejects.toMatchObject({ code: "lease_lost" });
  await expect(purse.reserve({ model, usd: 0.1 })).rejects.toMatchObject({ code: "lease_lost" });
  await expect(purseOf(lease, { ticket_usd: 1 }).reserve({ model, usd: 0.5 })).rejects.toThrow("$0.6000 spent");
  expect(await openCalls({ lease })).toEqual([]);
  expect(totalUsd(await readSpending(store.db, ticketId))).toBe(0.6);
});

test("nothing stays open when a run ends", async () => {
  const { lease, ticketId } = await aRun();
  await purseOf(lease).reserve({ model, usd: 0.6 });
  expect(await openCalls({ lease })).toEqual([{ runId: lease.runId }]);
  await concludeRun(store.db, lease, ticketId, "failed", { status: "failed", reason: "no luck" });
  expect(await openCalls({ lease })).toEqual([]);
});

test("what runs that have ended left open is closed, what goes on is left alone", async () => {
  const [ended, live] = [await aRun(), await aRun()];
  for (const { lease } of [ended, live]) await purseOf(lease).reserve({ model, usd: 0.6 });
  await store.db.updateTable("runs").set({ status: "cancelled" }).where("id", "=", ended.lease.runId).execute();
  await settleEnded(store.db);
  expect(await openCalls(ended, live)).toEqual([{ runId: live.lease.runId }]);
  expect(totalUsd(await readSpending(store.db, ended.ticketId))).toBe(0.6);
});

test("a budget that a person has set for the ticket holds from the next call on", async () => {
  const { lease, ticketId } = await aRun();
  const purse = purseOf(lease, { ticket_usd: 1 });
  await purse.reserve({ model, usd: 1 });
  await expect(purse.reserve({ model, usd: 1 })).rejects.toThrow("the ticket's budget of $1.00");
  await store.db.updateTable("tickets").set({ budgetUsd: 2 }).where("id", "=", ticketId).execute();
  await purse.reserve({ model, usd: 1 });
  await expect(purse.reserve({ model, usd: 1 })).rejects.toThrow("the ticket's budget of $2.00");
});

/** The runs, of these, that have calls under way. */
async function openCalls(...runs: readonly { readonly lease: Lease }[]) {
  return await store.db
    .selectFrom("ledger")
    .select("runId")
    .where("settledUsd", "is", null)
    .where(
      "runId",
      "in",
      runs.map(({ lease }) => lease.runId),
    )
    .execute();
}
