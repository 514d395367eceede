import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { NightshiftError } from "../domain/errors.ts";
import type { Schema } from "./schema.ts";

const folder = join(import.meta.dirname, "../../migrations");

/**
 * Brings the schema up to date; racing callers wait for each other on the migrator's lock.
 * @returns the names of the migrations that were applied now.
 * @throws NightshiftError `database_unavailable` when one fails, or when the database is ahead of this version.
 */
export async function migrate(db: Kysely<Schema>): Promise<readonly string[]> {
  const migrator = new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: readMigrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error");
    throw new NightshiftError(
      "database_unavailable",
      `The database schema could not be brought up to date${failed === undefined ? "; if a newer Nightshift has used this database, run that version" : `: migration ${failed.migrationName} failed`}.`,
      { cause: error },
    );
  }
  return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
}

/** The migrations that have not been applied yet; none at all has where the database is `fresh`. */
export async function pendingMigrations(
  db: Kysely<Schema>,
): Promise<{ readonly fresh: boolean; readonly pending: readonly string[] }> {
  const migrator = new Migrator({ db: db.withoutPlugins(), provider: { getMigrations: readMigrations } });
  const all = await migrator.getMigrations();
  const pending = all.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name);
  return { fresh: pending.length === all.length, pending };
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  const entries = files.map(async (file): Promise<[string, Migration]> => {
    const text = await readFile(join(folder, file), "utf8");
    return [file.replace(/\.sql$/, ""), { up: async (db) => void (await sql.raw(text).execute(db)) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
