import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { openStore, type Store } from "../../src/store/open-store.ts";

/** A database of its own, cloned from the template; it ends with its connections when it is disposed of. */
export async function testDatabase(): Promise<Store> {
  const template = new URL(inject("templateUrl"));
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(`create database ${name} template ${template.pathname.slice(1)}`);
  const own = new URL(template);
  own.pathname = `/${name}`;
  const store = await openStore(own.href);
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** From the server's own database, since one that is cloned may have no other connection. */
async function administer(statement: string): Promise<void> {
  const url = new URL(inject("templateUrl"));
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
