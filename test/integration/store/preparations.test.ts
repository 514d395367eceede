import { sql } from "kysely";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { isInUse, openPreparation } from "../../../src/store/preparations.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

const repo = { owner: "acme", name: "shop", installationId: 7 };
let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

/** As when its worker was killed so long ago. */
const silentFor = async (seconds: number, runId: string) =>
  await sql`update preparations set last_sign_at = now() - make_interval(secs => ${seconds}) where id = ${runId}`.execute(
    store.db,
  );

test("a preparation's sandbox is in use until it ends", async () => {
  const open = await openPreparation(store.db, repo);
  expect(await isInUse(store.db, open.lease)).toBe(true);
  await open[Symbol.asyncDispose]();
  expect(await isInUse(store.db, open.lease)).toBe(false);
});

test("one whose worker gives no sign any more is not in use, and is forgotten by the next", async () => {
  await using dead = await openPreparation(store.db, repo);
  await silentFor(30, dead.lease.runId);
  expect(await isInUse(store.db, dead.lease)).toBe(true);
  await silentFor(90, dead.lease.runId);
  expect(await isInUse(store.db, dead.lease)).toBe(false);

  await using next = await openPreparation(store.db, repo);
  expect(await isInUse(store.db, next.lease)).toBe(true);
  const rows = await store.db.selectFrom("preparations").select("id").execute();
  expect(rows.map(({ id }) => id)).toEqual([next.lease.runId]);
});

test("a worker that lives says so in time", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    await using open = await openPreparation(store.db, repo);
    await silentFor(61, open.lease.runId);
    vi.advanceTimersByTime(20_000);
    await expect.poll(() => isInUse(store.db, open.lease)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("a run's sandbox is in use under its newest lease", async () => {
  const accepted = await accept(store.db, aDelivery("run"), anIntent(), async () => undefined);
  const runId = accepted.status === "queued" ? accepted.runId : "";
  await takeRun(store.db, runId);
  await takeRun(store.db, runId);
  expect(await isInUse(store.db, { runId, lease: 1 })).toBe(false);
  expect(await isInUse(store.db, { runId, lease: 2 })).toBe(true);
});
