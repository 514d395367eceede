import { NightshiftError } from "../domain/errors.ts";
import type { EnsureBranch } from "../domain/forge.ts";
import { type Git, gitOutput } from "./git.ts";
import { branchTip, checkedOutAt, type LocalRepository, quiet } from "./local/local-repository.ts";
import { receiveChange } from "./receive-change.ts";
import { refuseBranch } from "./refuse-branch.ts";

/**
 * The branch in a repository of this machine points at the change's commit afterwards. The change is checked in a repository of
 * ours first; then its objects and the one ref are written, and nothing else: no checkout, no index, no hook, no other branch.
 */
export async function bringChange(
  git: Git,
  repository: LocalRepository,
  request: Pick<EnsureBranch, "mirror" | "branch" | "change" | "lastPushedSha" | "protectedBranches">,
  { dataDir, signal }: { readonly dataDir: string; readonly signal: AbortSignal },
): Promise<void> {
  const { mirror, branch, change, lastPushedSha } = request;
  refuseBranch(branch, [mirror.defaultBranch], request.protectedBranches);
  const current = await refuseForeign(git, repository, { branch, ours: [change.headSha, lastPushedSha] }, signal);
  if (current === change.headSha) return;

  await using received = await receiveChange(git, { change, mirror, dataDir, signal });
  const here = { gitDir: repository.gitDir, config: quiet, signal };
  await gitOutput(git, ["bundle", "unbundle", received.bundle], here);
  // Only from where it was when we looked.
  const none = "0".repeat(change.headSha.length);
  const update = [`refs/heads/${branch}`, change.headSha, current ?? none];
  await gitOutput(git, ["update-ref", "-m", "nightshift: solve", ...update], here);
}

/**
 * Gives the branch's commit, `undefined` when there is none.
 * @throws NightshiftError `branch_moved` when somebody else works on the branch: it is left alone.
 */
export async function refuseForeign(
  git: Git,
  repository: LocalRepository,
  { branch, ours }: { readonly branch: string; readonly ours: readonly (string | null)[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const tree = await checkedOutAt(git, repository, branch, signal);
  if (tree !== undefined) {
    throw new NightshiftError(
      "branch_moved",
      `The change belongs on ${branch}, which is checked out in ${tree} and is left alone. Switch to another branch there, then ask again.`,
    );
  }
  const current = await branchTip(git, repository, branch, signal);
  if (current === undefined || ours.includes(current)) return current;
  throw new NightshiftError(
    "branch_moved",
    `The change belongs on ${branch}, which is in ${repository.path} already at ${current.slice(0, 12)}, and not as this ticket has left it. It is left alone: merge, rename or delete it, or give another title, then ask again.`,
  );
}
