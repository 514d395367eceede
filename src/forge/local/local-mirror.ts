import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NightshiftError } from "../../domain/errors.ts";
import type { Mirror } from "../../domain/forge.ts";
import { fileLock } from "../file-lock.ts";
import { type Git, gitOutput, lastLines } from "../git.ts";
import { branchTip, type LocalRepository, quiet } from "./local-repository.ts";

/** Where the mirror of a repository of this machine is. */
export function localMirrorPath(dataDir: string, path: string): string {
  return join(dataDir, "mirrors", "local", `${createHash("sha256").update(path).digest("hex").slice(0, 16)}.git`);
}

/**
 * A bare copy that has the commit which work starts from, as its only branch, and the tags. Other branches are nobody's business
 * in a sandbox, and of the repository's settings and hooks nothing comes along.
 */
export async function mirrorLocal(
  git: Git,
  repository: LocalRepository,
  { dataDir, signal }: { readonly dataDir: string; readonly signal: AbortSignal },
): Promise<Mirror> {
  const { base, baseSha, gitDir } = repository;
  const path = localMirrorPath(dataDir, repository.path);
  await mkdir(join(dataDir, "mirrors", "local"), { recursive: true });
  await using _lock = await fileLock(`${path}.lock`, { signal });
  // No template: no sample hooks, no file that we did not write. Done again it changes nothing.
  await gitOutput(git, ["init", "--quiet", "--bare", "--template=", path], { signal });

  // Not every place has the name of a branch.
  const defaultBranch = (await branchTip(git, repository, base, signal)) === baseSha ? base : "base";
  await removeOthers(git, path, `refs/heads/${defaultBranch}`, signal);
  const refs = [`+${baseSha}:refs/heads/${defaultBranch}`, "+refs/tags/*:refs/tags/*"];
  const options = ["--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--update-shallow"];
  const fetched = await git(["fetch", ...options, "--", gitDir, ...refs], {
    gitDir: path,
    protocols: ["file"],
    signal,
  });
  if (fetched.exitCode !== 0) {
    throw refusedCopy(repository.path, fetched.stderr);
  }
  const head = ["symbolic-ref", "HEAD", `refs/heads/${defaultBranch}`];
  await gitOutput(git, head, { gitDir: path, signal });
  return { path, defaultBranch, headSha: baseSha };
}

function refusedCopy(path: string, said: string): NightshiftError {
  // Git itself says how to trust the owner in a file that no git of ours reads. What we wrote there would be ours, and in its owner's way.
  return said.includes("dubious ownership")
    ? new NightshiftError(
        "bad_input",
        `${path} belongs to another user. Run Nightshift as its owner, or give a clone of your own.`,
      )
    : new NightshiftError("git_failed", `${path} cannot be copied: ${lastLines(said)}`);
}

/** The branches that work started from before; one of them may be in the way of this one's name as well. */
async function removeOthers(git: Git, gitDir: string, kept: string, signal: AbortSignal): Promise<void> {
  const list = await gitOutput(git, ["for-each-ref", "--format=%(refname)", "refs/heads"], { gitDir, signal });
  for (const ref of list.split("\n")) {
    if (ref !== "" && ref !== kept) await gitOutput(git, ["update-ref", "-d", ref], { gitDir, signal });
  }
}

/**
 * Whether tracked files are not as in the commit that is checked out, where that is what work starts from. Looked at through the mirror and a copy of the index, so that nothing of
 * the repository's own settings (filters, monitors) is started and its index stays as it is.
 */
export async function hasUncommitted(
  git: Git,
  mirror: Mirror,
  { path, gitDir, bare, baseSha }: LocalRepository,
  signal: AbortSignal,
): Promise<boolean> {
  const index = join(gitDir, "index");
  if (bare || !(await isFile(index))) return false;
  const checkedOut = await git(["rev-parse", "--verify", "--quiet", "HEAD"], { gitDir, config: quiet, signal });
  if (checkedOut.stdout.trim() !== baseSha) return false;
  const folder = await mkdtemp(join(tmpdir(), "nightshift-index-"));
  try {
    const indexFile = join(folder, "index");
    await copyFile(index, indexFile);
    // By its age git knows which files it has to read: what was changed in the second in which the index was written looks as it did.
    const written = Math.floor((await stat(index)).mtimeMs / 1000);
    await utimes(indexFile, written, written);
    const args = [`--work-tree=${path}`, "status", "--porcelain", "--untracked-files=no"];
    const { exitCode, stdout } = await git(args, { gitDir: mirror.path, indexFile, config: quiet, signal });
    return exitCode === 0 && stdout !== "";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
