import { NightshiftError } from "../domain/errors.ts";
import type { EnsureBranch } from "../domain/forge.ts";
import { fullName } from "../domain/repository.ts";
import { type Git, type GitResult, lastLines } from "./git.ts";
import { receiveChange } from "./receive-change.ts";
import { refuseBranch } from "./refuse-branch.ts";
import { callRemote, type RemoteHost } from "./remote.ts";
import { remoteRefs } from "./remote-refs.ts";

interface Push {
  readonly host: RemoteHost;
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

/**
 * The branch points at the change's commit afterwards. The only place that pushes: a protected branch is refused before anything
 * else happens, and a commit that we did not push ourselves is never overwritten.
 */
export async function pushChange(git: Git, request: EnsureBranch, { host, dataDir, signal }: Push): Promise<void> {
  const { repo, mirror, branch, change } = request;
  refuseBranch(branch, [mirror.defaultBranch], request.protectedBranches);
  await refuseInvalidRef(git, branch, signal);
  const ref = `refs/heads/${branch}`;

  const look = async () => {
    const { defaultBranch, shas } = await remoteRefs(git, host, { repo, gitDir: mirror.path, refs: [ref], signal });
    // Once more: the default branch may have been renamed since the mirror was fetched.
    refuseBranch(branch, [defaultBranch], request.protectedBranches);
    return shas.get(ref);
  };
  const current = await look();
  if (current === change.headSha) return;
  if (current !== undefined && current !== request.lastPushedSha) throw branchMoved(request, current);

  await using received = await receiveChange(git, { change, mirror, dataDir, signal });
  const result = await callRemote(git, host, {
    repo,
    gitDir: received.gitDir,
    signal,
    access: "write",
    failing: `Cannot push ${branch} to`,
    // With an empty expectation the branch must not exist.
    args: (url) => [
      "push",
      "--quiet",
      "--porcelain",
      "--no-verify",
      `--force-with-lease=${ref}:${current ?? ""}`,
      "--",
      url,
      `${change.headSha}:${ref}`,
    ],
    expects: isRejected,
  });
  if (result.exitCode === 0) return;

  // Somebody, or another worker of ours with the same change, was faster.
  const found = await look();
  if (found === change.headSha) return;
  if (found !== current) throw branchMoved(request, found);
  throw refused(request, result);
}

async function refuseInvalidRef(git: Git, branch: string, signal: AbortSignal): Promise<void> {
  const { exitCode } = await git(["check-ref-format", `refs/heads/${branch}`], { signal });
  if (exitCode !== 0)
    throw new NightshiftError("bad_input", `git does not accept ${JSON.stringify(branch)} as a branch.`);
}

function isRejected({ stdout, stderr }: GitResult): boolean {
  return /\[(?:remote )?rejected\]|refusing to allow/.test(`${stdout}\n${stderr}`);
}

function branchMoved({ repo, branch, lastPushedSha }: EnsureBranch, found: string | undefined): NightshiftError {
  const ours = lastPushedSha === null ? "Nightshift has pushed nothing there" : `Nightshift pushed ${lastPushedSha}`;
  const now = found === undefined ? "the branch is gone" : `the branch is at ${found}`;
  return new NightshiftError(
    "branch_moved",
    `Cannot push to ${fullName(repo)}: ${ours}, but ${now}. Somebody's work on ${branch} is left alone: merge or delete the branch there, then ask again.`,
  );
}

function refused({ repo, branch }: EnsureBranch, { stdout, stderr }: GitResult): NightshiftError {
  const said = `${stdout}\n${stderr}`;
  const workflow = /refusing to allow .*workflow `?([^`\s]+)`?/.exec(said)?.[1];
  if (workflow !== undefined) {
    return new NightshiftError(
      "forge_refused",
      `Cannot push ${branch} to ${fullName(repo)}: the change touches the workflow ${workflow}, and the App holds no "workflows: write" by design. Make that part of the change by hand, or ask for it without the workflow.`,
    );
  }
  return new NightshiftError(
    "forge_refused",
    `Cannot push ${branch} to ${fullName(repo)}: the repository's rules refuse it. Let the App past the rule for this branch, or change the rule: ${lastLines(said)}`,
  );
}
