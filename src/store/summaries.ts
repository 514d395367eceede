import { type RecordedSummary, recordedSummary } from "../domain/summary.ts";
import { fenced } from "./fence.ts";
import type { Lease } from "./runs.ts";
import type { Db } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

/** What was tried to replace a step's oldest turns, in its order. */
export async function listSummaries(db: Db, runId: string, step: string): Promise<readonly RecordedSummary[]> {
  const rows = await db
    .selectFrom("summaries")
    .select(["afterTurn as after", "made", "costUsd", "asked"])
    .where("runId", "=", runId)
    .where("step", "=", step)
    .orderBy("n")
    .execute();
  return recordedSummary.array().parse(rows);
}

/** @throws NightshiftError `lease_lost`. */
export async function insertSummary(
  db: Db,
  lease: Lease,
  { step, n, after, made, costUsd, asked }: RecordedSummary & { readonly step: string; readonly n: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await fenced(tx, lease);
    await tx
      .insertInto("summaries")
      .values({
        runId: lease.runId,
        step,
        n,
        afterTurn: after,
        made: made === null ? null : toJsonb(made),
        asked: asked ? toJsonb(asked) : null,
        costUsd,
      })
      .execute();
  });
}
