import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/store/embedded-postgres.ts";
import { migrate } from "../../src/store/migrate.ts";
import { openStore } from "../../src/store/open-store.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A database with our schema, which nobody is connected to: the template of each test file's own. */
    readonly templateUrl: string;
  }
}

/** One real Postgres for all test files of a project. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "nightshift-test-postgres-"));
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres(folder);
  const store = await openStore(server.url);
  await migrate(store.db);
  await store[Symbol.asyncDispose]();
  project.provide("templateUrl", server.url);
  return async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
}
