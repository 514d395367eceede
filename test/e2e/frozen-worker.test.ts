import { existsSync } from "node:fs";
import { mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { anIssue, type Rig, startRig } from "../support/rig.ts";
import { fixSum, handIn, smallShop } from "../support/small-shop.ts";
import { missHeartbeats, startWorkerProcess } from "../support/worker-process.ts";

const until = (seen: () => boolean | Promise<boolean>) => vi.waitUntil(seen, { timeout: 100_000 });
const bash = (command: string) => ({ reply: { tool_calls: [{ name: "bash", arguments: { command } }] } });

/** All that stands of a run, and all that GitHub was asked to write. */
async function traces({ store: { db }, github }: Rig, runId: string) {
  const of = async (table: "turns" | "steps" | "events" | "ledger") => {
    const rows = await db.selectFrom(table).selectAll().where("runId", "=", runId).execute();
    return rows.map((row) => JSON.stringify(row)).toSorted();
  };
  return {
    ...{ turns: await of("turns"), steps: await of("steps"), events: await of("events"), ledger: await of("ledger") },
    run: await db.selectFrom("runs").selectAll().where("id", "=", runId).execute(),
    written: github.requests().filter(({ method, path }) => method !== "GET" && path.includes("/acme/first")).length,
  };
}

test("a worker that comes back after its run was taken writes nothing, pushes nothing and takes the next run", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "nightshift-frozen-"));
  const [gate, hold] = [join(folder.path, "gate"), join(folder.path, "hold")];
  await writeFile(hold, "");
  const late = bash(`touch ${gate}; while [ -e ${hold} ]; do sleep 0.1; done; echo '// late' >> sum.js`);
  const first = { when: { first_includes: ["Sum is wrong"] }, turns: [fixSum, late, handIn] };
  const next = { when: { first_includes: ["Sum is one off"] }, turns: [fixSum, handIn] };
  await using rig = await startRig({ sandbox: "process", script: { conversations: [first, next] } });
  await rig.stopWorker();
  const label = async (name: string, title: string) => {
    const { repo, number } = await anIssue(rig, { files: smallShop, name, title });
    await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
    const runs = rig.store.db.selectFrom("runs").innerJoin("tickets", "tickets.id", "ticketId").select("runs.id");
    return { repo, number, id: (await runs.where("repo", "=", name).executeTakeFirstOrThrow()).id };
  };
  const ended = (id: string) => async () =>
    (await rig.store.db.selectFrom("runs").select("status").where("id", "=", id).executeTakeFirstOrThrow()).status ===
    "succeeded";

  const one = await label("first", "Sum is wrong");
  await using frozen = await startWorkerProcess(rig);
  await until(() => existsSync(gate));
  // What it has asked GitHub for goes out whenever it may run again.
  await until(() =>
    [rig.github.comments(one.repo, one.number), rig.github.reactions(one.repo, one.number)].every(
      (it) => it.length > 0,
    ),
  );
  frozen.freeze();
  await missHeartbeats(rig);
  await using other = await startWorkerProcess(rig);
  await until(ended(one.id));
  await other.stop();
  const before = await traces(rig, one.id);

  await rm(hold);
  frozen.thaw();
  const two = await label("second", "Sum is one off");
  await until(ended(two.id));
  await frozen.stop();

  expect(await traces(rig, one.id)).toEqual(before);
  expect(rig.model.complaints).toEqual([]);
  const pulls = await rig.github.pullRequests(one.repo);
  expect(pulls).toHaveLength(1);
  expect(await rig.github.file(one.repo, pulls[0]?.headSha ?? "", "sum.js")).not.toContain("late");
});
