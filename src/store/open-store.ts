import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { NightshiftError } from "../domain/errors.ts";
import { preparingPool } from "./preparing-pool.ts";
import type { Schema } from "./schema.ts";

export interface Store extends AsyncDisposable {
  readonly db: Kysely<Schema>;
  readonly url: string;
}

export interface StoreOptions {
  readonly connections?: number;
  /**
   * How long a transaction may stand still before the server ends it: a worker that is frozen in one keeps rows of its run and of
   * the budgets from everybody else. Default: 30 s, as long as a worker that gives no sign is waited for.
   */
  readonly idleTransactionMs?: number;
}

// bigint and numeric fit a JavaScript number in every column of ours, and Postgres' client gives them as text.
const numeric = new Set([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (numeric.has(oid) ? Number : pg.types.getTypeParser(oid, format)),
};

/**
 * Connects to the Postgres at `url`.
 * @throws NightshiftError `database_unavailable` when it does not answer.
 */
export async function openStore(
  url: string,
  { connections = 10, idleTransactionMs = 30_000 }: StoreOptions = {},
): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    // Not among what a connection begins with: a pooler refuses what it does not know there.
    onConnect: (client) => limitTransactions(client, idleTransactionMs),
  });
  // One that is lost between two statements fails the next; without a listener it would end the process, and all its runs.
  pool.on("connect", (client) => client.on("error", () => undefined));
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => undefined);
  try {
    await pool.query("select 1");
  } catch (cause) {
    await pool.end();
    throw new NightshiftError(
      "database_unavailable",
      `Postgres does not answer at ${withoutPassword(url)}. Is the server running, and is DATABASE_URL right?`,
      { cause, retryable: true },
    );
  }
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: preparingPool(pool) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  return { db, url, [Symbol.asyncDispose]: () => db.destroy() };
}

async function limitTransactions(client: pg.ClientBase, ms: number): Promise<void> {
  await client.query("select set_config('idle_in_transaction_session_timeout', $1, false)", [`${ms}`]);
}

/** Where the server is, without who we are to it: a password may stand in several places of an address. */
function withoutPassword(url: string): string {
  const { protocol, host, pathname } = URL.canParse(url) ? new URL(url) : { protocol: "", host: "", pathname: "" };
  return host === "" ? "the address in DATABASE_URL" : `${protocol}//${host}${pathname}`;
}
