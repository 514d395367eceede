import { sql } from "kysely";
import type { Db } from "./schema.ts";

/**
 * A word for this Nightshift, the same for all workers of its database and another for every other:
 * what it leaves on a machine carries it. A database that was cloned from ours has another.
 */
export async function installationName(db: Db): Promise<string> {
  const row = await db
    .selectFrom("installation")
    .select(["id", sql<string>`current_database()`.as("database")])
    .executeTakeFirstOrThrow();
  return `${row.database}-${row.id}`;
}
