import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { runRecord } from "../../src/domain/run-record.ts";
import type { TurnScript } from "../../src/playground/model/model-script.ts";
import { writeRepository } from "../support/fixture-repository.ts";
import type { Ended } from "../support/nightshift-command.ts";
import { fixSum, handIn, smallShop, solveSmallShop } from "../support/small-shop.ts";
import { solveRig } from "../support/solve-rig.ts";

const answer = z.object({ run: z.uuid(), resumed: z.boolean(), record_folder: z.string(), record: runRecord });
const answered = ({ stdout }: Ended) => answer.parse(JSON.parse(stdout));

const wish = ["--title", "Sum is wrong", "--body", "`sum([1, 2])` is 2."] as const;
const branch = "fix/sum-is-wrong";
const bash = (command: string): TurnScript => ({ reply: { tool_calls: [{ name: "bash", arguments: { command } }] } });

test("what was stopped goes on where it stood, by the same command", async () => {
  const mended = { ...fixSum, expect: { last_includes: ["nterrupted"] } };
  await using rig = await solveRig({ files: smallShop, script: { turns: [bash("sleep 600"), mended, handIn] } });
  const { child, ended } = rig.start("solve", "--repo", rig.repository, ...wish);
  let said = "";
  const stop = (chunk: string) => {
    said += chunk;
    if (!said.includes("turn 1")) return;
    // Once: a second Ctrl-C would not wait for anything. The first turn is paid, and its command does not end by itself.
    child.stderr?.off("data", stop);
    child.kill("SIGINT");
  };
  child.stderr?.on("data", stop);
  const stopped = await ended;
  expect(stopped).toMatchObject({ code: 2, stdout: "" });
  expect(stopped.stderr).toContain("nightshift solve: Stopped. The same command goes on where it stood.");
  rig.expectUntouched();
  const listed = await rig.run("runs");
  expect(listed.stdout).toMatch(
    /\n[0-9a-f]{8} {2}stopped .*Sum is wrong\n\nWhat is stopped: the same `nightshift solve` goes on where it stood\.\n$/,
  );
  const id = /\n([0-9a-f]{8}) /.exec(listed.stdout)?.[1] ?? "";
  const log = await rig.run("logs", id, "--follow");
  expect(log.stderr).toMatch(/^Run .*: stopped; the same `nightshift solve` goes on where it stood\.\n$/);

  const again = await rig.run("solve", "--repo", rig.repository, "--json", ...wish);
  expect([rig.model.complaints, again.code], again.stderr).toEqual([[], 0]);
  expect(answered(again)).toMatchObject({ resumed: true, record: { turns: 3, pull_request: { branch } } });
  rig.expectUntouched(branch);
});

test("the same wish again goes on from its branch, and the branch of a deleted one begins anew", async () => {
  const first = { when: { first_includes: ["Sum is wrong"] }, turns: solveSmallShop.turns ?? [] };
  const more = {
    when: { first_includes: ["The sum starts at zero."] },
    turns: [bash("cat sum.js"), bash("echo '// Mended.' >>sum.js"), handIn],
  };
  await using rig = await solveRig({ files: smallShop, script: { conversations: [more, first] } });
  const solve = async () => {
    const ended = await rig.run("solve", "--repo", rig.repository, "--json", ...wish);
    expect([rig.model.complaints, ended.code], ended.stderr).toEqual([[], 0]);
    const [begun = ""] = ended.stderr.split("\n");
    return { code: rig.git("show", `${branch}:sum.js`), goesOn: begun.includes("left on its branch") };
  };
  const mended = smallShop["sum.js"].replace("a + b, 1) - 2", "a + b, 0)");
  expect(await solve()).toEqual({ code: mended.trim(), goesOn: false });
  expect(await solve()).toEqual({ code: `${mended}// Mended.`, goesOn: true });
  expect(rig.git("rev-list", "--count", `main..${branch}`)).toBe("1");

  rig.git("update-ref", "-d", `refs/heads/${branch}`);
  expect(await solve()).toEqual({ code: mended.trim(), goesOn: false });
  rig.expectUntouched(branch);
});

test("what is not proven stays on the branch as a draft, and the exit code says so", async () => {
  const useless = bash("echo '// Looked at.' >>sum.js");
  const settings = ".github/nightshift.yml";
  const files = { ...smallShop, [settings]: "max_refinements: 0\n" };
  await using rig = await solveRig({ files, script: { turns: [useless, handIn] } });
  const ended = await rig.run("solve", "--repo", rig.repository, ...wish);
  expect(ended.code, ended.stderr).toBe(1);
  expect(ended.stdout).toContain(
    `${branch} is a draft: tests that fail on the base fail with this change too, and none shows that the bug is mended.`,
  );
  expect(ended.stdout).toContain(`  Branch   ${branch} at ${rig.git("rev-parse", branch).slice(0, 12)}, a draft, in`);
  expect(ended.stdout).toContain("  Change   red (0 passed, 1 failed): npm test\n");
  expect(ended.stdout).toContain(`git -C '${rig.repository}' show ${branch}`);
  rig.expectUntouched(branch);
});

test("without a change there is no branch", async () => {
  await using rig = await solveRig({ files: smallShop, script: { turns: [handIn] } });
  const ended = await rig.run("solve", "--repo", rig.repository, ...wish);
  expect(ended.code, ended.stderr).toBe(1);
  expect(ended.stdout).toContain("  Branch   none: nothing was brought into the repository\n  Tests    not run\n");
  rig.expectUntouched();
});

test("an issue's file, a base, a test and a budget are taken from the command line", async () => {
  await using rig = await solveRig({ files: smallShop, script: solveSmallShop });
  await writeFile(join(rig.cwd, "wish.md"), "See below.\n\n## Add *up* from zero\n\nIt is one off.\n");
  rig.git("branch", "release", "main");
  const options = ["--issue", "wish.md", "--base", "release", "--test", "node --test --test-reporter=tap"];
  const tooLittle = await rig.run("solve", "--repo", rig.repository, ...options, "--budget", "0.000001");
  expect(tooLittle.code, tooLittle.stderr).toBe(1);
  expect(tooLittle.stdout).toContain("budget");
  expect(rig.model.requests).toHaveLength(0);

  const ended = await rig.run("solve", "--repo", rig.repository, ...options, "--budget", "2.50", "--json");
  expect([rig.model.complaints, ended.code], ended.stderr).toEqual([[], 0]);
  const { pull_request: pull, evidence } = answered(ended).record;
  expect({ branch: pull?.branch, command: evidence?.head.command }).toEqual({
    branch: "feat/add-up-from-zero",
    command: "node --test --test-reporter=tap",
  });
  expect(JSON.stringify(rig.model.requests[0]?.body)).toContain("It is one off.");
  rig.expectUntouched("release", "feat/add-up-from-zero");
});

test("what cannot be worked on is refused before anything is paid, with the way out", async () => {
  await using rig = await solveRig({ files: smallShop, script: solveSmallShop });
  const refused = async (says: string, ...args: readonly string[]) => {
    const ended = await rig.run("solve", ...args);
    expect([ended.code, ended.stdout]).toEqual([2, ""]);
    expect(ended.stderr).toContain(says);
  };
  const folder = await mkdtemp(join(tmpdir(), "nightshift-empty-"));
  await refused("is in no git repository", "--repo", folder, ...wish);
  await rm(folder, { recursive: true });
  rig.git("init", "--quiet", join(rig.cwd, "empty"));
  await refused("has no commit yet", "--repo", join(rig.cwd, "empty"), ...wish);
  await refused("nowhere is no commit of", "--repo", rig.repository, "--base", "nowhere", ...wish);
  await refused("Give --title and --body, or --issue", "--repo", rig.repository);

  rig.git("branch", branch, "main");
  await refused("not as this ticket has left it", "--repo", rig.repository, ...wish);
  rig.git("worktree", "add", "--quiet", join(rig.cwd, "tree"), branch);
  await refused(`which is checked out in ${join(rig.cwd, "tree")}`, "--repo", rig.repository, ...wish);
  expect(rig.model.requests).toHaveLength(0);
});

test("with nothing configured the database is our own, and runs and logs look into it", async () => {
  await using rig = await solveRig({ files: smallShop, script: solveSmallShop });
  // As under a repository: what is ours there is not seen as theirs.
  const git = await writeRepository(rig.cwd, smallShop);
  const ended = await rig.runEmbedded("solve", "--repo", ".", "--json", ...wish);
  expect([rig.model.complaints, ended.code], ended.stderr).toEqual([[], 0]);
  expect(git("status", "--porcelain")).toBe("");
  const { run } = answered(ended);
  const listed = await rig.runEmbedded("runs");
  expect(listed.stdout).toMatch(new RegExp(`^RUN .*\\n${run.slice(0, 8)}  succeeded .*#[0-9a-f]{8} Sum is wrong\\n$`));
  const log = await rig.runEmbedded("logs", run.slice(0, 8), "--follow");
  expect(log.stdout).toContain(`s  branch    ${branch}\n`);
});
