import { CompiledQuery } from "kysely";
import type { Db } from "./schema.ts";

/**
 * Calls one of our functions by a statement that is written out: what is the same in every turn of an agent is not made anew each time, which
 * takes longer than the way to Postgres and back. `text` is a constant; what changes goes into `values`, in the place of `$1` and so on.
 */
export async function call<Row>(db: Db, text: string, values: readonly unknown[]): Promise<Row | undefined> {
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return rows[0];
}
