import { sql } from "kysely";
import type { Purse } from "../domain/purse.ts";
import type { OperatorSettings } from "../domain/settings.ts";
import type { Ticket } from "../domain/ticket.ts";
import { call } from "./call.ts";
import { explainExhausted, type PassedBudget } from "./explain-exhausted.ts";
import { leaseLost } from "./fence.ts";
import type { Lease } from "./runs.ts";
import type { Db } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

export interface PurseOptions {
  /** The part of the run that the calls are made for. */
  readonly step: string;
  readonly budget: OperatorSettings["budget"];
  readonly now: () => Date;
}

/**
 * The money of a run, held in the ledger against three budgets: its ticket's, its repository's day and the installation's day.
 * A call is made only when all three cover the most that it can cost, together with all calls under way anywhere.
 * A call counts on the day, in UTC, of its reservation, also when it ends on the next.
 * A reservation that its worker left open may have been paid: when the run is taken again, or ends, it counts in full.
 * @throws NightshiftError `budget_exhausted`, and `lease_lost` when another worker has the run.
 */
export function openPurse(db: Db, lease: Lease, { step, budget, now }: PurseOptions): Purse {
  return {
    async reserve({ model, usd }) {
      const day = now().toISOString().slice(0, 10);
      const { id, leftUsd, ticketUsd } = await reserve(db, lease, { step, model, usd, budget, day });
      return {
        left: { usd: leftUsd, ofUsd: ticketUsd },
        settle: (spent) => settle(db, lease, id, spent),
      };
    },
  };
}

interface Call {
  readonly step: string;
  readonly model: string;
  readonly usd: number;
  /** Like `2026-01-05`. */
  readonly day: string;
  readonly budget: OperatorSettings["budget"];
}

interface Reserved {
  readonly id: number;
  readonly leftUsd: number;
  readonly ticketUsd: number;
}

type Answer =
  | (Readonly<Record<keyof Reserved, null>> & PassedBudget)
  | (Reserved & Readonly<Record<keyof PassedBudget, null>>);

const reserveCall = `select id, kind, repository, limit_usd, held_usd, left_usd, ticket_usd
  from reserve_call($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

async function reserve(db: Db, lease: Lease, { step, model, usd, day, budget }: Call): Promise<Reserved> {
  const limits = [budget.ticket_usd, budget.repo_day_usd, budget.day_usd];
  const values = [lease.runId, lease.lease, step, model, day, usd, ...limits];
  const answer = await call<Answer>(db, reserveCall, values);
  if (answer === undefined) throw leaseLost(lease);
  if (answer.id === null) {
    const source = await sourceOf(db, lease.runId);
    throw explainExhausted(answer, { usd, maxUsd: budget.ticket_max_usd, source });
  }
  return answer;
}

async function sourceOf(db: Db, runId: string): Promise<Ticket["source"]> {
  const query = db.selectFrom("runs").innerJoin("tickets", "tickets.id", "runs.ticketId").select("source");
  return (await query.where("runs.id", "=", runId).executeTakeFirstOrThrow()).source;
}

async function settle(db: Db, lease: Lease, id: number, spent: { readonly usd: number; readonly usage: unknown }) {
  const usage = spent.usage === undefined ? null : toJsonb(spent.usage);
  const values = [id, spent.usd, usage];
  const answer = await call<{ readonly wasOpen: boolean }>(db, "select settle_call($1, $2, $3) as was_open", values);
  if (answer?.wasOpen !== true) throw leaseLost(lease);
}

/** Reservations of the run that nobody will settle any more count in full: their calls may have been paid. */
export async function settleLeftOpen(db: Db, runId: string): Promise<void> {
  await sql`update ledger set settled_usd = reserved_usd, settled_at = now()
    where run_id = ${runId} and settled_usd is null`.execute(db);
}

/** The same for all runs that have ended. */
export async function settleEnded(db: Db): Promise<void> {
  await sql`update ledger set settled_usd = reserved_usd, settled_at = now() from runs
    where runs.id = run_id and settled_usd is null and status not in ('queued', 'running')`.execute(db);
}
