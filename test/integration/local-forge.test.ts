import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Change } from "../../src/domain/forge.ts";
import { createGit } from "../../src/forge/git.ts";
import { localForge } from "../../src/forge/local/local-forge.ts";
import { hasUncommitted } from "../../src/forge/local/local-mirror.ts";
import { asRepository, findLocalRepository } from "../../src/forge/local/local-repository.ts";
import { type GitIn, writeRepository } from "../support/fixture-repository.ts";

const { signal } = new AbortController();
const git = createGit(process.env);

let root: string;
let path: string;
let theirs: GitIn;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nightshift-local-"));
  path = join(root, "shop");
  theirs = await writeRepository(path, { "sum.js": "1\n", "src/cart.js": "1\n" });
});
afterEach(() => rm(root, { recursive: true }));

async function open(ref?: string, at = path) {
  const repository = await findLocalRepository(git, at, { ref, signal });
  const recordDir = join(root, "record");
  const forge = localForge(git, { repository, dataDir: join(root, "data"), recordDir, email: "ada@example.org" });
  const repo = asRepository(repository);
  const mirror = await forge.mirror(repo, { signal });
  return { repository, forge, repo, mirror, recordDir };
}

/** A change of one commit on what `main` is now. */
async function aChange(text: string): Promise<Change> {
  const copy = join(root, `copy ${text}`);
  theirs("clone", "--quiet", path, copy);
  const inCopy: GitIn = (...args) => theirs("-C", copy, ...args);
  await writeFile(join(copy, "sum.js"), text);
  inCopy("checkout", "--quiet", "-b", "change");
  inCopy("-c", "user.name=N", "-c", "user.email=n@example.org", "commit", "--quiet", "--all", "-m", text);
  inCopy("bundle", "create", "--quiet", "out.bundle", "change", "^main");
  const bundle = await readFile(join(copy, "out.bundle"));
  return { baseSha: inCopy("rev-parse", "main"), headSha: inCopy("rev-parse", "change"), bundle };
}

const names = (mirror: string) => theirs("--git-dir", mirror, "for-each-ref", "--format=%(refname)").split("\n");

test("a sandbox gets to see the one commit and the tags", async () => {
  theirs("tag", "v1");
  theirs("branch", "private");
  const { mirror } = await open();
  expect(mirror).toMatchObject({ defaultBranch: "main", headSha: theirs("rev-parse", "main") });
  expect(names(mirror.path)).toEqual(["refs/heads/main", "refs/tags/v1"]);
  expect(await readdir(join(mirror.path))).not.toContain("hooks");
  await open("private");
  expect(names(mirror.path)).toEqual(["refs/heads/private", "refs/tags/v1"]);
});

test("work may start from any commit, below any folder, in a shallow clone and in a bare one", async () => {
  theirs("commit", "--quiet", "--allow-empty", "-m", "Second");
  const [first, second] = [theirs("rev-parse", "HEAD~1"), theirs("rev-parse", "HEAD")];
  theirs("checkout", "--quiet", "--detach");
  expect((await open(undefined, join(path, "src"))).mirror).toMatchObject({ defaultBranch: "base", headSha: second });
  expect((await open("main~1")).mirror).toMatchObject({ defaultBranch: "base", headSha: first });
  expect((await open(first.slice(0, 9))).mirror.headSha).toBe(first);
  const shallow = join(root, "shallow");
  theirs("clone", "--quiet", "--depth=1", "--branch=main", `file://${path}`, shallow);
  expect((await open(undefined, shallow)).mirror).toMatchObject({ defaultBranch: "main", headSha: second });
  const bare = join(root, "bare.git");
  theirs("clone", "--quiet", "--bare", path, bare);
  const found = await open("main", bare);
  expect(found.repository).toMatchObject({ path: bare, bare: true, baseSha: second });
  expect(await hasUncommitted(git, found.mirror, found.repository, signal)).toBe(false);
});

test("what is staged or changed is uncommitted, what git does not know is not", async () => {
  const { repository, mirror } = await open();
  const look = () => hasUncommitted(git, mirror, repository, signal);
  await writeFile(join(path, "new.js"), "");
  expect(await look()).toBe(false);
  theirs("add", "new.js");
  expect(await look()).toBe(true);
  theirs("reset", "--quiet");
  expect(await look()).toBe(false);
  await writeFile(join(path, "sum.js"), "2\n");
  expect(await look()).toBe(true);
});

test("a branch gets what is ours, twice and again, and never over somebody's work", async () => {
  const { forge, repo, mirror } = await open();
  const [one, two] = [await aChange("one"), await aChange("two")];
  const bring = (change: Change, lastPushedSha: string | null, branch = "fix/sum") =>
    forge.ensureBranch({ repo, mirror, branch, change, lastPushedSha, protectedBranches: ["release"] }, { signal });

  await bring(one, null);
  await bring(one, null);
  expect(theirs("rev-parse", "fix/sum")).toBe(one.headSha);
  await expect(bring(two, null)).rejects.toMatchObject({ code: "branch_moved" });
  await bring(two, one.headSha);
  expect(theirs("show", "fix/sum:sum.js")).toBe("two");

  await expect(bring(one, null, "main")).rejects.toMatchObject({ code: "protected_branch" });
  await expect(bring(one, null, "release")).rejects.toMatchObject({ code: "protected_branch" });
  const forged = { ...one, headSha: two.headSha };
  await expect(bring(forged, null, "fix/forged")).rejects.toMatchObject({ code: "bad_change" });
  theirs("checkout", "--quiet", "fix/sum");
  await expect(bring(one, two.headSha)).rejects.toMatchObject({ code: "branch_moved" });
  expect(theirs("branch", "--format=%(refname:short)").split("\n")).toEqual(["fix/sum", "main"]);
});

test("what would be said on a forge is kept as files", async () => {
  const { forge, repo, recordDir } = await open();
  const pull = { repo, branch: "fix/sum", base: "main", title: "fix: Sum", body: "## What", draft: true };
  expect(await forge.ensurePullRequest(pull)).toEqual({ number: null, url: "fix/sum", draft: true });
  await forge.ensureComment(repo, 0, "progress", "Working.");
  await forge.ensureComment(repo, 0, "progress", "Done.");
  const check = { repo, sha: "1", name: "tests", conclusion: "success", title: "Green", summary: "All." } as const;
  await forge.ensureCheck(check);
  const kept = (await readdir(recordDir)).map(async (name) => [name, await readFile(join(recordDir, name), "utf8")]);
  expect(Object.fromEntries(await Promise.all(kept))).toEqual({
    "pull-request.md": "# fix: Sum\n\n## What\n",
    "progress.md": "Done.\n",
    "check.md": "# Green\n\nAll.\n",
  });
});

test("submodules and files of Git LFS are told as missing", async () => {
  await writeFile(join(path, ".gitmodules"), "");
  await writeFile(join(path, ".gitattributes"), "*.png filter=lfs diff=lfs\n");
  theirs("add", "--all");
  theirs("commit", "--quiet", "-m", "Parts");
  const { forge, repo, mirror } = await open();
  const request = { repo, sha: mirror.headSha, reader: "ada", signal };
  const { warnings } = await forge.checkoutParts(mirror, request);
  expect(warnings).toEqual([expect.stringContaining("Submodules"), expect.stringContaining("Git LFS")]);
});
