import type { z } from "zod";
import { fenced } from "./fence.ts";
import type { Lease } from "./runs.ts";
import type { Db } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

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
