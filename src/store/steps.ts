import { sql } from "kysely";
import type { z } from "zod";
import { fenced } from "./fence.ts";
import type { Lease } from "./runs.ts";
import type { Db } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

/** Says by which run the order of the models was drawn, in one that takes up another. */
export const lotStep = "lot";

/** The output of a step that has finished; `undefined` when it has not. */
export async function findStep<Output>(
  db: Db,
  runId: string,
  name: string,
  output: z.ZodType<Output>,
): Promise<{ readonly output: Output } | undefined> {
  const found = await db
    .selectFrom("steps")
    .select("output")
    .where("runId", "=", runId)
    .where("name", "=", name)
    .executeTakeFirst();
  return found === undefined ? undefined : { output: output.parse(found.output) };
}

/** All steps of a run that have finished, in their order. */
export async function listSteps(
  db: Db,
  runId: string,
): Promise<readonly { readonly name: string; readonly output: unknown; readonly finishedAt: Date }[]> {
  const steps = db.selectFrom("steps").select(["name", "output", "finishedAt"]).where("runId", "=", runId);
  return await steps.orderBy("finishedAt").orderBy("name").execute();
}

/** @throws NightshiftError `lease_lost`. */
export async function saveStep(db: Db, lease: Lease, name: string, output: unknown): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await fenced(tx, lease);
    await tx
      .insertInto("steps")
      .values({ runId: lease.runId, name, output: toJsonb(output) })
      .execute();
  });
}

/** The output of the step, in whichever run of the ticket, whose change is the commit `headSha`; and how that run ended. */
export async function findPushedWork(
  db: Db,
  ticketId: string,
  headSha: string,
): Promise<{ readonly output: unknown; readonly reason: string | null } | undefined> {
  return await db
    .selectFrom("steps")
    .innerJoin("runs", "runs.id", "steps.runId")
    .select(["output", "reason"])
    .where("ticketId", "=", ticketId)
    .where(sql`output -> 'change' ->> 'headSha'`, "=", headSha)
    .orderBy("finishedAt", "desc")
    // A run that takes up another one has the same step.
    .orderBy("runs.createdAt", "desc")
    .executeTakeFirst();
}
