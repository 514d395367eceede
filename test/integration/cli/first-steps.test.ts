import { mkdtempDisposable, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import type { HealthCheck } from "../../../src/domain/health.ts";
import { startNightshift } from "../../support/nightshift-command.ts";
import { testDatabase } from "../../support/test-database.ts";

/** A folder where nobody has run Nightshift yet, and a database with nothing in it. */
async function nothingYet() {
  await using parts = new AsyncDisposableStack();
  const { path: cwd } = parts.use(await mkdtempDisposable(join(tmpdir(), "nightshift-first-")));
  await writeFile(join(cwd, "nightshift.yaml"), "sandbox: { provider: process }\n");
  const store = parts.use(await testDatabase());
  await sql`drop schema public cascade`.execute(store.db);
  await sql`create schema public`.execute(store.db);
  const owned = parts.move();
  return {
    cwd,
    run: async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      await startNightshift(args, { cwd, env: { DATABASE_URL: store.url, ...env } }).ended,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("who looks for runs before there was one is not told of an older version", async () => {
  await using first = await nothingYet();
  for (const args of [["runs"], ["logs", "3f2a"], ["replay", "3f2a"]]) {
    const { code, stderr } = await first.run(args);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("The database is empty: Nightshift has not run with it yet."),
    });
  }
});

test("the doctor misses git also where there is no App, and lists no migrations of an empty database", async () => {
  await using first = await nothingYet();
  await using empty = await mkdtempDisposable(join(tmpdir(), "nightshift-path-"));
  await symlink(process.execPath, join(empty.path, "node"));
  const { stdout } = await first.run(["doctor", "--json"], { PATH: empty.path });
  const { checks }: { readonly checks: readonly HealthCheck[] } = JSON.parse(stdout);
  const of = (name: string) => checks.find((check) => check.name === name);
  expect(of("git")).toMatchObject({ ok: false, detail: expect.stringContaining("Install git") });
  expect(of("database")?.detail).toMatch(/answers; the first start makes its tables$/);
});

test("solve does not take the folder it was called in for the repository", async () => {
  await using first = await nothingYet();
  const { code, stderr } = await first.run(["solve", "--title", "The sum of an empty cart is NaN"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("--repo <path>") });
});
