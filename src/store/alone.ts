import { sql } from "kysely";
import type { Db } from "./schema.ts";

/** Does what only one worker of this installation may do at a time; nothing where another one is at it. */
export async function alone<Result>(db: Db, name: string, act: () => Promise<Result>): Promise<Result | undefined> {
  return await db.transaction().execute(async (tx) => {
    const lock = sql<{
      readonly isMine: boolean;
    }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as is_mine`;
    const { rows } = await lock.execute(tx);
    return rows[0]?.isMine === true ? await act() : undefined;
  });
}
