import { z } from "zod";
import { type Message, message, type Usage } from "../domain/message.ts";
import { type AskedWith, askedWith } from "../domain/recording.ts";
import { call } from "./call.ts";
import { leaseLost } from "./fence.ts";
import type { Lease } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

const row = z.object({
  n: z.number(),
  messages: z.array(message),
  costUsd: z.number(),
  checkpoint: z.string().nullable(),
  /** `null` for the opening, and for what was recorded before it was kept. */
  request: askedWith.nullable(),
});
export type TurnRow = Readonly<z.infer<typeof row>>;

/** A step's turns in their order; turn 0 is the opening. */
export async function listTurns(db: Db, runId: string, step: string): Promise<readonly TurnRow[]> {
  const rows = await db
    .selectFrom("turns")
    .select(["n", "messages", "costUsd", "checkpoint", "request"])
    .where("runId", "=", runId)
    .where("step", "=", step)
    .orderBy("n")
    .execute();
  return z.array(row).parse(rows);
}

/** What all turns of a run came to; openings are none, and what it took up from another run counts there. */
export async function sumTurns(db: Db, runId: string): Promise<{ readonly turns: number; readonly costUsd: number }> {
  const { turns, costUsd } = await db
    .selectFrom("turns")
    .innerJoin("runs", "runs.id", "runId")
    .select(({ fn }) => [fn.countAll<number>().as("turns"), fn.sum<number | null>("costUsd").as("costUsd")])
    .where("runId", "=", runId)
    .where("n", ">", 0)
    .whereRef("recordedAt", ">=", "runs.createdAt")
    .executeTakeFirstOrThrow();
  return { turns, costUsd: costUsd ?? 0 };
}

/** How many turns of each step a run has taken up from another one: copies, older than it is. */
export async function countTakenUp(db: Db, runId: string): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom("turns")
    .innerJoin("runs", "runs.id", "runId")
    .select("step")
    .select(({ fn }) => fn.countAll<number>().as("turns"))
    .where("runId", "=", runId)
    .where("n", ">", 0)
    .whereRef("recordedAt", "<", "runs.createdAt")
    .groupBy("step")
    .orderBy(({ fn }) => fn.min("recordedAt"))
    .execute();
  return new Map(rows.map(({ step, turns }) => [step, turns]));
}

/** The steps of a run in which an agent worked, in their order. */
export async function listAgentSteps(db: Db, runId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("turns")
    .select("step")
    .where("runId", "=", runId)
    .groupBy("step")
    .orderBy(({ fn }) => fn.min("recordedAt"))
    .execute();
  return rows.map(({ step }) => step);
}

/** Runs that have ended are not taken up again: the workspaces that were kept for that are let go. */
export async function dropCheckpoints(tx: Tx, runIds: readonly string[]): Promise<void> {
  // Other runs may have the same work and let it go at this moment: one after the other, so that the last one sees that it is.
  const held = await tx
    .selectFrom("artifacts")
    .select("hash")
    .where("kind", "=", "checkpoint")
    .where("hash", "in", ({ selectFrom }) =>
      selectFrom("turns")
        .select(({ ref }) => ref("checkpoint").$notNull().as("hash"))
        .where("runId", "in", runIds),
    )
    .orderBy("hash")
    .forUpdate()
    .execute();
  const hashes = held.map(({ hash }) => hash);
  if (hashes.length === 0) return;
  await tx.updateTable("turns").set({ checkpoint: null }).where("runId", "in", runIds).execute();
  await tx
    .deleteFrom("artifacts")
    .where("hash", "in", hashes)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("turns").select("n").whereRef("turns.checkpoint", "=", "artifacts.hash"))),
    )
    .execute();
}

/** The same for all runs of a ticket that have ended, also those that had waited for people. */
export async function dropCheckpointsOfEnded(tx: Tx, ticketId: string): Promise<void> {
  const ended = await tx
    .selectFrom("runs")
    .select("id")
    .where("ticketId", "=", ticketId)
    .where("endedAt", "is not", null)
    .execute();
  if (ended.length === 0) return;
  await dropCheckpoints(
    tx,
    ended.map(({ id }) => id),
  );
}

/** A turn is inserted when it is paid, and on the disk then; @throws NightshiftError `lease_lost`. */
export async function insertTurn(
  db: Db,
  lease: Lease,
  turn: {
    readonly step: string;
    readonly n: number;
    readonly messages: readonly Message[];
    readonly usage?: Usage;
    readonly request?: AskedWith;
    readonly costUsd: number;
  },
): Promise<void> {
  const usage = turn.usage === undefined ? null : toJsonb(turn.usage);
  const request = turn.request === undefined ? null : toJsonb(turn.request);
  const { step, n, messages, costUsd } = turn;
  const values = [step, n, toJsonb(messages), usage, costUsd, request];
  await underLease(db, lease, "select record_turn($1, $2, $3, $4, $5, $6, $7, $8) as mine", values);
}

/**
 * And completed when its tools have answered; `checkpoint` is the artifact of its workspace, with the bytes where it is a new one. It reaches the
 * disk with the next commit that is waited for.
 * @throws NightshiftError `lease_lost`.
 */
export async function completeTurn(
  db: Db,
  lease: Lease,
  turn: {
    readonly step: string;
    readonly n: number;
    readonly messages: readonly Message[];
    readonly checkpoint: { readonly hash: string; readonly content: Buffer | undefined } | undefined;
  },
): Promise<void> {
  const { hash = null, content = null } = turn.checkpoint ?? {};
  const values = [turn.step, turn.n, toJsonb(turn.messages), hash, content];
  await underLease(db, lease, "select complete_turn($1, $2, $3, $4, $5, $6, $7) as mine", values);
}

async function underLease(db: Db, lease: Lease, text: string, values: readonly unknown[]): Promise<void> {
  const answer = await call<{ readonly mine: boolean }>(db, text, [lease.runId, lease.lease, ...values]);
  if (answer?.mine !== true) throw leaseLost(lease);
}
