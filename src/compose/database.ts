import { join } from "node:path";
import { NightshiftError } from "../domain/errors.ts";
import type { HealthCheck } from "../domain/health.ts";
import { startEmbeddedPostgres, visitEmbeddedPostgres } from "../store/embedded-postgres.ts";
import { migrate, pendingMigrations } from "../store/migrate.ts";
import { openStore, type Store } from "../store/open-store.ts";
import type { Configuration } from "./configuration.ts";

export interface Database extends Store {
  /** The migrations that were applied now. */
  readonly applied: readonly string[];
}

/** The database that DATABASE_URL names, or the embedded one, with its schema up to date. */
export async function openDatabase({ environment, settings }: Configuration): Promise<Database> {
  await using parts = new AsyncDisposableStack();
  const url =
    environment.databaseUrl ?? parts.use(await startEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
  const store = parts.use(await openStore(url, { connections: settings.workers.concurrency + 10 }));
  const applied = await migrate(store.db);
  const owned = parts.move();
  return { db: store.db, url, applied, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/**
 * The database for a look into it, also while another Nightshift works with the embedded one. Nothing in it is changed.
 * @throws NightshiftError `database_unavailable` when there is none, or its schema is an older one.
 */
export async function visitDatabase({ environment, settings }: Configuration): Promise<Store> {
  await using parts = new AsyncDisposableStack();
  const url =
    environment.databaseUrl ?? parts.use(await visitEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
  const store = parts.use(await openStore(url));
  const { fresh, pending } = await pendingMigrations(store.db);
  if (fresh) {
    const text = `The database is empty: Nightshift has not run with it yet. Set DATABASE_URL, or \`data_dir\` in nightshift.yaml, where it has.`;
    throw new NightshiftError("database_unavailable", text);
  }
  if (pending.length > 0) {
    const text = `The database's schema is an older one, without ${pending.join(", ")}. Run \`npm run nightshift -- migrate\`.`;
    throw new NightshiftError("database_unavailable", text);
  }
  const owned = parts.move();
  return { db: store.db, url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** How the database stands, without changing anything in it. */
export async function examineDatabase({ environment, settings }: Configuration): Promise<HealthCheck> {
  const name = "database";
  await using parts = new AsyncDisposableStack();
  try {
    const embedded = environment.databaseUrl === undefined;
    const url =
      environment.databaseUrl ?? parts.use(await startEmbeddedPostgres(join(settings.data_dir, "postgres"))).url;
    const store = parts.use(await openStore(url));
    const { fresh, pending } = await pendingMigrations(store.db);
    const detail = `${embedded ? "embedded Postgres" : "the Postgres of DATABASE_URL"} answers`;
    if (pending.length === 0) return { name, ok: true, detail: `${detail}, schema up to date` };
    if (fresh) return { name, ok: true, detail: `${detail}; the first start makes its tables` };
    return { name, ok: true, detail: `${detail}; the next start applies ${pending.join(", ")}` };
  } catch (error) {
    // Whoever holds it is a Nightshift that runs, and that is how it should be.
    if (error instanceof NightshiftError && error.code === "database_busy") {
      return { name, ok: true, detail: "embedded Postgres, in use by the Nightshift that runs" };
    }
    throw error;
  }
}
