import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { demoFiles, demoIssue, recordingPath } from "../../src/playground/demo/demo-issue.ts";
import { loadModelScript } from "../../src/playground/model/model-script.ts";
import { findLatestRun } from "../../src/store/runs.ts";
import { anIssue, expectNoComplaints, type Rig, startRig } from "../support/rig.ts";
import { smallShop, solveSmallShop } from "../support/small-shop.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const answer = z.object({ same: z.boolean().optional(), steps: z.array(z.unknown()).optional() });

let parts: AsyncDisposableStack;
let folder: string;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), "nightshift-replay-"));
  parts.defer(() => rm(folder, { recursive: true }));
});
afterEach(() => parts.disposeAsync());

/** The demo's issue, solved by a script on a rig, and the run that did it. */
async function solveDemo(script: Parameters<typeof startRig>[0]["script"]) {
  const rig = parts.use(await startRig({ sandbox: "process", script }));
  const { repo, number } = await anIssue(rig, { files: await demoFiles(), ...demoIssue });
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  expect([await rig.runEnded(), rig.model.complaints]).toMatchObject([{ status: "succeeded" }, []]);
  return { rig, run: await findLatestRun(rig.store.db) };
}

/** The command as people call it, with nothing but a database: no model, no sandbox, no GitHub. */
async function nightshift({ store }: Pick<Rig, "store">, ...args: readonly string[]) {
  const env = { PATH: process.env["PATH"], DATABASE_URL: store.url };
  return await new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [main, "replay", ...args], { env, cwd: folder }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test("a run that is replayed is asked the same, and with another prompt the replay says where it is not", async () => {
  const { rig, run } = await solveDemo(await loadModelScript(recordingPath));

  const same = await nightshift(rig, run.id.slice(0, 6), "--json");
  expect(same.stderr).toBe("");
  expect({ code: same.code, answer: answer.parse(JSON.parse(same.stdout)) }).toEqual({
    code: 0,
    answer: { same: true, steps: [{ step: "code", turns: 5, differences: [] }] },
  });
  expect((await nightshift(rig, run.id)).stdout).toBe(`Run ${run.id}\ncode: 5 turns, asked the same today.\n`);

  // As if the run had been before the prompt said it as it does today.
  const heads = await rig.store.db.selectFrom("artifacts").selectAll().where("kind", "=", "head").execute();
  expect(heads).toHaveLength(1);
  const older = heads[0]?.content.toString("utf8").replace("1. Look first:", "1. Look around:") ?? "";
  await rig.store.db
    .updateTable("artifacts")
    .set({ content: Buffer.from(older) })
    .where("kind", "=", "head")
    .execute();
  const changed = await nightshift(rig, run.id);
  expect(changed).toEqual({
    code: 1,
    stderr: "",
    stdout: expect.stringMatching(
      /^Run \S+\ncode: 5 turns, asked otherwise today:\n {2}turns 1 to 5: system prompt\n {4}- 1\. Look around: find .*\n {4}\+ 1\. Look first: find .*\n$/,
    ),
  });
});

test("a run becomes a script by which the same model, asked by the real SDK, does the same again", async () => {
  const { rig, run } = await solveDemo(await loadModelScript(recordingPath));
  const file = join(folder, "run.yaml");
  expect(await nightshift(rig, run.id, "--script", file)).toEqual({
    code: 0,
    stderr: "",
    stdout: `Written to ${file}.\n`,
  });
  // What is there may be somebody's work.
  expect(await nightshift(rig, run.id, "--script", file)).toMatchObject({
    code: 2,
    stderr: `nightshift replay: The script cannot be written: ${file} is there already. Name another file.\n`,
  });

  const again = await solveDemo(await loadModelScript(file));
  expectNoComplaints(again.rig);
  const turns = async ({ store }: Rig) =>
    await store.db.selectFrom("turns").select(["n", "usage"]).where("n", ">", 0).orderBy("n").execute();
  expect(await turns(again.rig)).toEqual(await turns(rig));
  const diff = async ({ store, git }: Rig) => {
    const { branch } = await store.db.selectFrom("tickets").select("branch").executeTakeFirstOrThrow();
    return await git({ owner: "acme", name: "shop" }, "diff", "main", branch ?? "");
  };
  expect(await diff(rig)).toContain("+  const exact = shares.map(");
  expect(await diff(again.rig)).toBe(await diff(rig));
});

test("what cannot be replayed is said with the way out", async () => {
  const rig = parts.use(await startRig({ sandbox: "process", script: solveSmallShop }));
  const { repo, number } = await anIssue(rig, { files: smallShop });
  await rig.github.addLabel(repo, number, "ready-for-robot", "ada");
  await rig.runEnded();
  const run = await findLatestRun(rig.store.db);
  const { db } = rig.store;
  expect(await nightshift(rig, "no-such-run")).toEqual({
    code: 2,
    stdout: "",
    stderr: `nightshift replay: There is no run no-such-run. Give an id or its first characters; the newest are ${run.id}.\n`,
  });

  expect(await nightshift(rig, run.id, "--script", join(folder, "nowhere/run.yaml"))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^nightshift replay: The script cannot be written: ENOENT.*\n$/),
  });

  await db.updateTable("turns").set({ request: null }).execute();
  expect(await nightshift(rig, run.id)).toMatchObject({ code: 2, stderr: expect.stringContaining("older Nightshift") });
  await db.deleteFrom("turns").execute();
  expect(await nightshift(rig, run.id)).toMatchObject({ code: 2, stderr: expect.stringContaining("asked no model") });
  await db.updateTable("runs").set({ status: "running" }).execute();
  expect(await nightshift(rig, run.id)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is running. Wait until it has ended: `nightshift logs "),
  });
  expect((await nightshift(rig)).code).toBe(2);
});
