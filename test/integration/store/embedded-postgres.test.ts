import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../src/store/embedded-postgres.ts";
import { migrate, pendingMigrations } from "../../../src/store/migrate.ts";
import { openStore } from "../../../src/store/open-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nightshift-embedded-"));
  await chmod(folder, 0o711);
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

const deliveries = async (url: string) => {
  await using store = await openStore(url);
  return await store.db.selectFrom("deliveries").select("id").execute();
};

test("what was written is there after a restart", async () => {
  {
    await using server = await startEmbeddedPostgres(folder);
    await using store = await openStore(server.url);
    expect(await pendingMigrations(store.db)).toMatchObject({ fresh: true });
    await migrate(store.db);
    expect(await pendingMigrations(store.db)).toEqual({ fresh: false, pending: [] });
    await store.db.insertInto("deliveries").values({ id: "d1", event: "issues", action: null }).execute();
  }
  await using server = await startEmbeddedPostgres(folder);
  expect(await deliveries(server.url)).toEqual([{ id: "d1" }]);
});

test("a folder is not shared by two", async () => {
  await using _server = await startEmbeddedPostgres(folder);
  await expect(startEmbeddedPostgres(folder)).rejects.toMatchObject({
    code: "database_busy",
    message: expect.stringContaining(`${folder} is in use by process ${process.pid}`),
  });
});

test("two who migrate at once do not disturb each other", async () => {
  await using server = await startEmbeddedPostgres(folder);
  await using one = await openStore(server.url);
  await using other = await openStore(server.url);
  const applied = await Promise.all([migrate(one.db), migrate(other.db)]);
  expect(applied.flat()).toEqual([...new Set(applied.flat())]);
  expect(applied.flat()).not.toEqual([]);
});

test("after a kill -9 the folder and what was committed in it can be used again", async () => {
  const module = resolve(import.meta.dirname, "../../../src/store");
  const script = `
    const { startEmbeddedPostgres } = await import("${module}/embedded-postgres.ts");
    const { openStore } = await import("${module}/open-store.ts");
    const { migrate } = await import("${module}/migrate.ts");
    const server = await startEmbeddedPostgres(${JSON.stringify(folder)});
    const store = await openStore(server.url);
    await migrate(store.db);
    await store.db.insertInto("deliveries").values({ id: "kept", event: "issues", action: null }).execute();
    process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);

  await using server = await startEmbeddedPostgres(folder);
  expect(await deliveries(server.url)).toEqual([{ id: "kept" }]);
});
