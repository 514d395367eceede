import { type ExpressionBuilder, sql } from "kysely";
import pg from "pg";
import type { Db, Schema } from "./schema.ts";

/**
 * Shows others that this process works on the run: a lock that the database lets go with our connection, however we end.
 * It keeps nobody out, as the lease does.
 */
export async function holdRun(url: string, runId: string): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url, application_name: "nightshift-solve" });
  // Whoever looks then is told that nobody works on it, which is soon true.
  client.on("error", () => undefined);
  await client.connect();
  await client.query("select pg_advisory_lock_shared(hashtextextended($1, 0))", [runId]);
  return { [Symbol.asyncDispose]: () => client.end() };
}

/** Whether a run was left by the command that asked for it: it stands still until that is called again. */
export function isStopped({ eb, and, not, exists }: ExpressionBuilder<Schema, "runs" | "tickets">) {
  // How a key of 64 bits is shown: https://www.postgresql.org/docs/current/view-pg-locks.html
  const holder = sql`(select from pg_locks where locktype = 'advisory' and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = hashtextextended(runs.id::text, 0))`;
  return and([eb("source", "=", "local"), eb("status", "in", ["queued", "running"]), not(exists(holder))]);
}

/** The same of one run. */
export async function isRunStopped(db: Db, runId: string): Promise<boolean> {
  const query = db.selectFrom("runs").innerJoin("tickets", "tickets.id", "runs.ticketId").select("runs.id");
  return (await query.where("runs.id", "=", runId).where(isStopped).executeTakeFirst()) !== undefined;
}
