import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGit } from "../../src/forge/git.ts";
import { localForge } from "../../src/forge/local/local-forge.ts";
import { hasUncommitted, mirrorLocal } from "../../src/forge/local/local-mirror.ts";
import { asRepository, findLocalRepository, refuseUnwritable } from "../../src/forge/local/local-repository.ts";
import { type GitIn, writeRepository } from "../support/fixture-repository.ts";

const { signal } = new AbortController();
const git = createGit(process.env);

let root: string;
let theirs: GitIn;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nightshift-odd-"));
  theirs = await writeRepository(join(root, "shop"), { "sum.js": "1\n", "cart.js": "1\n" });
  await writeFile(join(root, "shop/sum.js"), "2\n");
  theirs("commit", "--quiet", "--all", "--message=Second");
});
afterEach(() => rm(root, { recursive: true }));

const isRoot = process.getuid?.() === 0;

/** For root no rights are in the way, only a file system is. */
function readOnly(path: string): void {
  if (!isRoot) return void execFileSync("chmod", ["-R", "a-w", path]);
  execFileSync("mount", ["--bind", path, path]);
  execFileSync("mount", ["-o", "remount,ro,bind", path]);
}

function writable(path: string): void {
  if (isRoot) execFileSync("umount", [path]);
  else execFileSync("chmod", ["-R", "u+w", path]);
}

/** A change of one commit, made in a clone of the mirror as a sandbox does, and brought back. */
async function bringInto(path: string) {
  const repository = await findLocalRepository(git, path, { signal });
  const dataDir = join(root, "data");
  const forge = localForge(git, { repository, dataDir, recordDir: join(root, "record"), email: "ada@example.org" });
  const repo = asRepository(repository);
  const mirror = await forge.mirror(repo, { signal });
  const copy = join(root, "sandbox");
  theirs("clone", "--quiet", mirror.path, copy);
  const inside: GitIn = (...args) => theirs("-C", copy, "-c", "user.name=N", "-c", "user.email=n@example.org", ...args);
  await writeFile(join(copy, "sum.js"), "3\n");
  inside("commit", "--quiet", "--all", "--message=Third");
  inside("update-ref", "refs/heads/change", "HEAD");
  inside("bundle", "create", "--quiet", "out.bundle", "change", `^${mirror.headSha}`);
  const bundle = await readFile(join(copy, "out.bundle"));
  const change = { baseSha: mirror.headSha, headSha: inside("rev-parse", "change"), bundle };
  const request = { repo, mirror, branch: "fix/sum", change, lastPushedSha: null, protectedBranches: [] };
  await forge.ensureBranch(request, { signal });
  return await forge.diff(mirror, change, { signal });
}

test("what is not committed is told of the commit that is checked out, and of no other", async () => {
  const uncommitted = async (ref?: string) => {
    const repository = await findLocalRepository(git, join(root, "shop"), { ref, signal });
    const mirror = await mirrorLocal(git, repository, { dataDir: join(root, "data"), signal });
    return await hasUncommitted(git, mirror, repository, signal);
  };
  expect([await uncommitted(), await uncommitted("main~1")]).toEqual([false, false]);
  await writeFile(join(root, "shop/sum.js"), "3\n");
  expect([await uncommitted(), await uncommitted("main~1")]).toEqual([true, false]);
});

test.skipIf(!isRoot)("one that belongs to another user is refused with who may", async () => {
  execFileSync("chown", ["-R", "nobody", join(root, "shop")]);
  await expect(bringInto(join(root, "shop"))).rejects.toThrow(
    `${join(root, "shop")} belongs to another user. Run Nightshift as its owner, or give a clone of your own.`,
  );
});

test("one that cannot be written to is refused before anything is done, also by way of another work tree", async () => {
  const shop = join(root, "shop");
  const tree = join(root, "tree");
  theirs("worktree", "add", "--quiet", "-b", "side", tree);
  const look = async () => await refuseUnwritable(git, await findLocalRepository(git, tree, { signal }), signal);
  await look();
  readOnly(shop);
  try {
    await expect(look()).rejects.toThrow(`${tree} cannot be written to, and the change belongs on a branch there: `);
  } finally {
    writable(shop);
  }
});

test("a shallow clone gets its branch, and stays as shallow as it was", async () => {
  const shallow = join(root, "shallow");
  theirs("clone", "--quiet", "--depth=1", `file://${join(root, "shop")}`, shallow);
  const boundary = await readFile(join(shallow, ".git/shallow"), "utf8");

  const diff = await bringInto(shallow);

  expect(diff.map(({ path }) => path)).toEqual(["sum.js"]);
  expect(theirs("-C", shallow, "show", "fix/sum:sum.js")).toBe("3");
  expect(theirs("-C", shallow, "rev-list", "--count", "fix/sum")).toBe("2");
  expect(theirs("-C", shallow, "fsck", "--no-dangling")).toBe("");
  expect(await readFile(join(shallow, ".git/shallow"), "utf8")).toBe(boundary);
});
