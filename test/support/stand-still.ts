import { sql } from "kysely";
import pg from "pg";
import { vi } from "vitest";
import type { Store } from "../../src/store/open-store.ts";

const key = 4711;

/** Lets whoever writes into a database stand still just before a write, for as long as it takes to kill it. */
export interface StandStill extends AsyncDisposable {
  /** Before the first write from now on into this table whose row holds this. */
  readonly before: (table: string, row: object) => Promise<void>;
  /** Before the nth write from now on, whatever it is. */
  readonly beforeWrite: (n: number) => Promise<void>;
  /** How many stand still. */
  readonly standing: () => Promise<number>;
  /** The writes that wait are never made, and no other one waits. */
  readonly drop: () => Promise<void>;
}

const tables = ["runs", "tickets", "steps", "turns", "events", "artifacts", "ledger"];

export async function standStill({ db, url }: Store): Promise<StandStill> {
  await sql`create table stand_still (at bigint, relation text, holds jsonb)`.execute(db);
  await sql`create sequence writes`.execute(db);
  await sql`create function stand_still() returns trigger language plpgsql as $$
    declare
      n bigint := nextval('writes');
    begin
      if exists (select from stand_still where at = n or (relation = tg_table_name and to_jsonb(new) @> holds)) then
        perform pg_advisory_xact_lock(${sql.lit(key)});
      end if;
      return new;
    end $$`.execute(db);
  for (const table of tables) {
    await sql`create trigger stand_still before insert or update on ${sql.table(table)}
      for each row execute function stand_still()`.execute(db);
  }
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query("select pg_advisory_lock($1)", [key]);
  const isWaiting = sql`locktype = 'advisory' and objid = ${key} and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  const standing = async () => (await sql`select from pg_locks where ${isWaiting}`.execute(db)).rows.length;
  return {
    standing,
    async before(table, row) {
      await sql`insert into stand_still (relation, holds) values (${table}, ${JSON.stringify(row)}::jsonb)`.execute(db);
    },
    async beforeWrite(n) {
      await sql`insert into stand_still (at) select nextval('writes') + ${n}`.execute(db);
    },
    async drop() {
      await sql`delete from stand_still`.execute(db);
      await sql`select pg_terminate_backend(pid) from pg_locks where ${isWaiting}`.execute(db);
      await vi.waitUntil(async () => (await standing()) === 0);
    },
    [Symbol.asyncDispose]: () => holder.end(),
  };
}
