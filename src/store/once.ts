import type { z } from "zod";
import type { Db, Tx } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

/** Does what a command wants, in one transaction and once; afterwards, what came of it. */
export async function once<Result>(
  db: Db,
  commandId: string,
  result: z.ZodType<Result>,
  act: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return await db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom("commands")
      .select("outcome")
      .where("id", "=", commandId)
      .forUpdate()
      .executeTakeFirst();
    if (before?.outcome != null) return result.parse(before.outcome);
    const outcome = await act(tx);
    await tx
      .updateTable("commands")
      .set({ outcome: toJsonb(outcome) })
      .where("id", "=", commandId)
      .execute();
    return outcome;
  });
}
