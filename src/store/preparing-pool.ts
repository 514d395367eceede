import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import type pg from "pg";

/** What every turn of an agent calls; one statement each. */
const functions = ["reserve_call", "settle_call", "record_turn", "complete_turn", "append_run_event"];

/**
 * A pool whose connections parse and plan these calls once, which is a quarter of what they take. No other statement: what is selected
 * from a table changes its shape when a newer Nightshift migrates beside this one, and a statement that was prepared fails then.
 */
export function preparingPool(pool: pg.Pool): PostgresPool {
  // To Kysely the same client is the same connection.
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const preparing = clients.get(client) ?? preparingClient(client);
      clients.set(client, preparing);
      return preparing;
    },
  };
}

function preparingClient(client: pg.PoolClient): PostgresPoolClient {
  function query<Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  function query<Row>(cursor: PostgresCursor<Row>): PostgresCursor<Row>;
  function query<Row>(text: string | PostgresCursor<Row>, values: readonly unknown[] = []): unknown {
    if (typeof text !== "string") throw new Error("Cursors are not used here.");
    const name = functions.find((called) => text.includes(`${called}($1`));
    return client.query({ text, values: [...values], ...(name !== undefined && { name }) });
  }
  return { query, release: (destroy) => client.release(destroy) };
}
