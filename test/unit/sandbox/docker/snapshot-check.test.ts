import { expect, test } from "vitest";
import type { SnapshotStore, SnapshotUsage } from "../../../../src/domain/sandbox.ts";
import { checkSnapshots } from "../../../../src/sandbox/docker/snapshot-check.ts";

const mb = 1024 * 1024;
const unused = () => Promise.reject(new Error("only looked at"));
const holding = (usage: () => Promise<SnapshotUsage>) => {
  const snapshots: SnapshotStore = { keep: unused, find: unused, drop: unused, trim: unused, usage };
  return { name: "docker", snapshots } as const;
};
const taking = (usedMb: number, freeMb: number | undefined) =>
  holding(async () => ({ count: 3, bytes: usedMb * mb, freeBytes: freeMb === undefined ? undefined : freeMb * mb }));

test("a budget that the disk has room for is well, up to the last megabyte", async () => {
  expect(await checkSnapshots(taking(400, 600), 1000)).toEqual({
    name: "snapshots",
    ok: true,
    detail: "3 on the engine, 400 MB; the budget is 1000 MB (`sandbox.snapshots_mb`), 600 MB are free",
    figures: { count: 3, used_mb: 400, budget_mb: 1000, free_mb: 600 },
  });
});

test("a budget that the disk has no room for is not, and a smaller one is named", async () => {
  expect(await checkSnapshots(taking(400, 599), 1000)).toMatchObject({
    ok: false,
    remedy: expect.stringContaining("set `sandbox.snapshots_mb` to 699 or less"),
    figures: { free_mb: 599 },
  });
});

test("where the free space cannot be told the rest is", async () => {
  const check = await checkSnapshots(taking(400, undefined), 1000);
  expect(check).toMatchObject({ ok: true, detail: expect.stringContaining("cannot be told") });
  expect(check.figures).toEqual({ count: 3, used_mb: 400, budget_mb: 1000 });
});

test("a provider without snapshots has nothing to look at", async () => {
  expect(await checkSnapshots({ name: "srt" }, 1000)).toEqual({
    name: "snapshots",
    ok: true,
    detail: "sandboxes of srt are not kept",
  });
});

test("an engine that does not answer is told with a way on", async () => {
  const away = holding(() => Promise.reject(new Error("no such socket")));
  expect(await checkSnapshots(away, 1000)).toMatchObject({
    ok: false,
    detail: "no such socket",
    remedy: expect.stringContaining("docker system df"),
  });
});
