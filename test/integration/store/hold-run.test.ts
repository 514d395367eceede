import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalWish } from "../../../src/domain/intent.ts";
import { accept } from "../../../src/store/accept.ts";
import { acceptLocal } from "../../../src/store/accept-local.ts";
import { holdRun, isRunStopped } from "../../../src/store/hold-run.ts";
import { listRuns } from "../../../src/store/list-runs.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { concludeRun } from "../../../src/store/tickets.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const wish = {
  repo: { owner: "/home/ada", name: "shop", installationId: 0 },
  requestedBy: { login: "ada", id: 0 },
  ticketType: "bug",
  priority: "medium",
  body: "",
} as const satisfies Partial<LocalWish>;

async function aLocalRun(externalId: string): Promise<string> {
  return (await acceptLocal(store.db, { ...wish, externalId, title: externalId }, async () => false)).runId;
}

test("a run of the command line stands still unless a process holds it", async () => {
  const [mine, other] = [await aLocalRun("mine"), await aLocalRun("other")];
  await takeRun(store.db, mine);
  {
    await using _held = await holdRun(store.url, mine);
    expect([await isRunStopped(store.db, mine), await isRunStopped(store.db, other)]).toEqual([false, true]);
    const listed = await listRuns(store.db, 5);
    expect(listed.map(({ title, stopped }) => [title, stopped])).toEqual([
      ["other", true],
      ["mine", false],
    ]);
  }
  await expect.poll(() => isRunStopped(store.db, mine)).toBe(true);
});

test("what has ended does not stand still, nor does what a worker will take", async () => {
  const ended = await aLocalRun("ended");
  const run = (await takeRun(store.db, ended)) ?? expect.unreachable();
  const lease = { runId: ended, lease: run.lease };
  await concludeRun(store.db, lease, run.ticketId, "failed", { status: "failed", reason: "No." });
  expect(await isRunStopped(store.db, ended)).toBe(false);

  const accepted = await accept(store.db, aDelivery("held"), anIntent(), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  expect(await isRunStopped(store.db, accepted.runId)).toBe(false);
});
