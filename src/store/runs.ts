import type { Selectable } from "kysely";
import { type Outcome, type Run, type RunKind, run } from "../domain/run.ts";
import type { Person } from "../domain/ticket.ts";
import { settleLeftOpen } from "./ledger.ts";
import type { Db, Schema, Tx } from "./schema.ts";

/** The right to write for a run, until another worker takes it. */
export interface Lease {
  readonly runId: string;
  readonly lease: number;
}

function toRun(row: Selectable<Schema["runs"]>): Run {
  return run.parse({ ...row, requestedBy: { login: row.requestedByLogin, id: row.requestedById } });
}

/** `goesOn`: from what was pushed for the ticket before, instead of from the base. */
export async function insertRun(
  tx: Tx,
  ticketId: string,
  kind: RunKind,
  by: Person,
  { goesOn = false }: { readonly goesOn?: boolean } = {},
): Promise<Run> {
  const inserted = await tx
    .insertInto("runs")
    .values({ ticketId, kind, requestedByLogin: by.login, requestedById: by.id, goesOn })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRun(inserted);
}

export async function hasLiveRun(tx: Tx, ticketId: string): Promise<boolean> {
  return (await findLiveRun(tx, ticketId)) !== undefined;
}

/** The ticket's run that has not ended. */
export async function findLiveRun(tx: Tx, ticketId: string): Promise<string | undefined> {
  const live = await tx
    .selectFrom("runs")
    .select("id")
    .where("ticketId", "=", ticketId)
    .where("status", "in", ["queued", "running"])
    .executeTakeFirst();
  return live?.id;
}

/**
 * Raises the lease and takes the run, also from a worker that is believed dead; `undefined` when the run has ended.
 * What that worker had reserved counts as spent.
 */
export async function takeRun(db: Db, runId: string): Promise<Run | undefined> {
  return await db.transaction().execute(async (tx) => {
    const taken = await raiseLease(tx, runId);
    if (taken !== undefined) await settleLeftOpen(tx, runId);
    return taken;
  });
}

async function raiseLease(tx: Tx, runId: string): Promise<Run | undefined> {
  const taken = await tx
    .updateTable("runs")
    .set((eb) => ({
      lease: eb("lease", "+", 1),
      status: "running" as const,
      startedAt: eb.fn.coalesce("startedAt", eb.val(new Date())),
    }))
    .where("id", "=", runId)
    .where("status", "in", ["queued", "running"])
    .returningAll()
    .executeTakeFirst();
  return taken === undefined ? undefined : toRun(taken);
}

/** Ends a run whose lease the transaction holds. */
export async function endRun(tx: Tx, { runId }: Lease, outcome: Outcome): Promise<void> {
  await tx
    .updateTable("runs")
    .set({
      status: outcome.status,
      reason: outcome.status === "succeeded" ? outcome.summary : outcome.reason,
      endedAt: new Date(),
    })
    .where("id", "=", runId)
    .execute();
}

/** Who has told the run to end, if anybody has. */
export async function stopAskedBy(db: Db, runId: string): Promise<string | undefined> {
  const row = await db.selectFrom("runs").select("stopAskedBy").where("id", "=", runId).executeTakeFirst();
  return row?.stopAskedBy ?? undefined;
}

/** Whether a worker may still be working under this lease. */
export async function isLeaseAlive(db: Db, lease: Lease): Promise<boolean> {
  const alive = await db
    .selectFrom("runs")
    .select("id")
    .where("id", "=", lease.runId)
    .where("lease", "=", lease.lease)
    .where("status", "=", "running")
    .executeTakeFirst();
  return alive !== undefined;
}

/** A run with how and when it ended. */
export type EndedRun = Run & {
  readonly reason: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
};

export async function getRun(db: Db, runId: string): Promise<EndedRun> {
  const row = await db.selectFrom("runs").selectAll().where("id", "=", runId).executeTakeFirstOrThrow();
  return { ...toRun(row), reason: row.reason, startedAt: row.startedAt, endedAt: row.endedAt };
}

/** The ids of the newest five runs that begin so; what no id holds begins none, and is no pattern either. */
export async function findRunIds(db: Db, beginning: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("runs")
    .select("id")
    .where(({ eb, cast, ref }) =>
      eb(cast<string>(ref("id"), "text"), "like", `${beginning.replaceAll(/[^0-9a-f-]/g, "x")}%`),
    )
    .orderBy("createdAt", "desc")
    .limit(5)
    .execute();
  return rows.map(({ id }) => id);
}

/** The runs that have not ended, but for those whose worker is the command that asked for them. */
export async function listLiveRuns(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("runs")
    .innerJoin("tickets", "tickets.id", "runs.ticketId")
    .select("runs.id")
    .where("status", "in", ["queued", "running"])
    .where("source", "!=", "local")
    .execute();
  return rows.map(({ id }) => id);
}

/** Whether a run waits for a worker. */
export async function isRunWaiting(db: Db): Promise<boolean> {
  const waiting = await db.selectFrom("runs").select("id").where("status", "=", "queued").limit(1).executeTakeFirst();
  return waiting !== undefined;
}

export async function findLatestRun(db: Db): Promise<Run> {
  return toRun(await db.selectFrom("runs").selectAll().orderBy("createdAt", "desc").limit(1).executeTakeFirstOrThrow());
}
