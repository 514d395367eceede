import { access, constants, realpath } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { explain, NightshiftError } from "../../domain/errors.ts";
import type { Repository } from "../../domain/repository.ts";
import { type Git, gitOutput } from "../git.ts";
import type { GitConfig } from "../git-environment.ts";

/** A repository of this machine, and the commit in it that work starts from. */
export interface LocalRepository {
  /** Its folder; of a bare one the repository itself. */
  readonly path: string;
  readonly gitDir: string;
  readonly bare: boolean;
  /** What git calls the place that work starts from: the current branch, the one that was named, or `HEAD`. */
  readonly base: string;
  readonly baseSha: string;
}

/** Whatever the repository's own settings say: nothing is started by them, and nothing beside what was asked for is done. */
export const quiet: GitConfig = [
  ["core.fsmonitor", "false"],
  ["core.alternateRefsCommand", "true"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
];

/**
 * Finds the repository that a path is in.
 * @param ref where work starts: a branch, a tag or a commit. Default: what is checked out.
 * @throws NightshiftError `bad_input` where there is none, or no commit in it.
 */
export async function findLocalRepository(
  git: Git,
  path: string,
  { ref = "HEAD", signal }: { readonly ref?: string | undefined; readonly signal: AbortSignal },
): Promise<LocalRepository> {
  const asked = resolve(path);
  const found = await git(["-C", asked, "rev-parse", "--absolute-git-dir", "--is-bare-repository"], {
    config: quiet,
    signal,
  });
  const [gitDir, isBare] = found.stdout.trim().split("\n");
  if (found.exitCode !== 0 || gitDir === undefined) {
    throw bad(`${asked} is in no git repository that can be read: ${found.stderr.trim().split("\n").at(-1)}`);
  }
  const bare = isBare === "true";
  const here = { gitDir, config: quiet, signal };
  const top = bare
    ? gitDir
    : await gitOutput(git, ["-C", asked, "rev-parse", "--show-toplevel"], { config: quiet, signal });

  const commit = await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], here);
  if (commit.exitCode !== 0) {
    throw bad(
      ref === "HEAD"
        ? `${top} has no commit yet. Make a first one, then ask again.`
        : `${ref} is no commit of ${top}. Give a branch, a tag or a commit.`,
    );
  }
  const named = await git(["rev-parse", "--verify", "--quiet", "--abbrev-ref", "--end-of-options", ref], here);
  return {
    path: await realpath(top),
    gitDir,
    bare,
    base: named.stdout.trim() || ref,
    baseSha: commit.stdout.trim().split("\n").at(-1) ?? "",
  };
}

/**
 * Before anything is paid: the branch has to be written in the end.
 * @throws NightshiftError `bad_input` where objects cannot be added.
 */
export async function refuseUnwritable(
  git: Git,
  { path, gitDir }: LocalRepository,
  signal: AbortSignal,
): Promise<void> {
  const args = ["rev-parse", "--path-format=absolute", "--git-path", "objects"];
  const objects = await gitOutput(git, args, { gitDir, config: quiet, signal });
  await access(objects, constants.W_OK).catch((cause: unknown) => {
    const message = `${path} cannot be written to, and the change belongs on a branch there: ${explain(cause)}. Mend its rights, or give a clone of your own.`;
    throw new NightshiftError("bad_input", message, { cause });
  });
}

/** Its name among all repositories: the path, so that people know it by that. */
export function asRepository({ path }: Pick<LocalRepository, "path">): Repository {
  return { owner: dirname(path), name: basename(path) || "/", installationId: 0 };
}

/** A branch's commit; `undefined` when there is none. */
export async function branchTip(
  git: Git,
  { gitDir }: Pick<LocalRepository, "gitDir">,
  branch: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // By its exact name: `main~1` is none.
  const { exitCode, stdout } = await git(["show-ref", "--verify", "--hash", `refs/heads/${branch}`], {
    gitDir,
    config: quiet,
    signal,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** The commit below; `undefined` for a first one. */
export async function parentOf(
  git: Git,
  { gitDir }: Pick<LocalRepository, "gitDir">,
  sha: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { exitCode, stdout } = await git(["rev-parse", "--verify", "--quiet", `${sha}^`], {
    gitDir,
    config: quiet,
    signal,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Where the branch is checked out, in any of the repository's work trees. */
export async function checkedOutAt(
  git: Git,
  { gitDir }: Pick<LocalRepository, "gitDir">,
  branch: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const list = await gitOutput(git, ["worktree", "list", "--porcelain", "-z"], { gitDir, config: quiet, signal });
  const tree = list
    .split("\0\0")
    .map((entry) => entry.split("\0"))
    .find((lines) => lines.includes(`branch refs/heads/${branch}`));
  return tree?.find((line) => line.startsWith("worktree "))?.slice("worktree ".length);
}

function bad(message: string): NightshiftError {
  return new NightshiftError("bad_input", message);
}
