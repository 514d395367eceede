import { ApiError, validationFailed } from "../api-error.ts";
import { readDiff } from "../git/read-diff.ts";
import { branchHead } from "../git/resolve-commit.ts";
import { runGit, tryGit } from "../git/run-git.ts";
import type { Account, GitHubState, Issue, Pull, StoredRepository } from "../github-state.ts";
import type { PullFacts } from "../shapes/pull-request.ts";
import { newIssue, updateIssue } from "./issue-acts.ts";

export interface NewPull {
  readonly by: Account;
  readonly title: string;
  readonly body: string | null;
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
}

export interface PullIssue {
  readonly issue: Issue;
  readonly pull: Pull;
}

/** @throws ApiError 422 as documented: a branch that is not there, nothing to merge, or one open already. */
export async function openPull(github: GitHubState, repo: StoredRepository, request: NewPull): Promise<PullIssue> {
  const head = headBranch(repo, request.head);
  const [headSha, baseSha] = await Promise.all([branchHead(repo.path, head), branchHead(repo.path, request.base)]);
  if (headSha === undefined) throw validationFailed({ resource: "PullRequest", field: "head", code: "invalid" });
  if (baseSha === undefined) throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
  const ahead = await countCommits(repo, baseSha, headSha);
  // Nothing is awaited from here on, so that of two requests at once only one gets through.
  const known = [...repo.issues.values()].some(
    (each) => each.state === "open" && each.pull?.head === head && each.pull.base === request.base,
  );
  if (known) throw custom(`A pull request already exists for ${repo.owner.login}:${head}.`);
  if (ahead === 0) throw custom(`No commits between ${request.base} and ${head}`);
  const pull: Pull = {
    id: github.nextId(),
    head,
    base: request.base,
    draft: request.draft,
    headSha,
    baseSha,
    merged: undefined,
  };
  return { issue: newIssue(github, repo, request, pull), pull };
}

/** Lets an open pull request follow its two branches. */
export async function followBranches(repo: StoredRepository, issue: Issue, pull: Pull): Promise<void> {
  if (issue.state === "closed") return;
  const [headSha, baseSha] = await Promise.all([branchHead(repo.path, pull.head), branchHead(repo.path, pull.base)]);
  pull.headSha = headSha ?? pull.headSha;
  pull.baseSha = baseSha ?? pull.baseSha;
}

export async function pullFacts(repo: StoredRepository, pull: Pull): Promise<PullFacts> {
  const [files, commits, merge] = await Promise.all([
    pullDiff(repo, pull),
    countCommits(repo, pull.baseSha, pull.headSha),
    tryGit(repo.path, ["merge-tree", "--write-tree", pull.baseSha, pull.headSha]),
  ]);
  return {
    commits,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    mergeable: merge.exitCode === 0,
  };
}

/** A person presses the button. @throws ApiError 405 when the branches conflict, as GitHub answers. */
export async function mergePull(
  github: GitHubState,
  repo: StoredRepository,
  { issue, pull }: PullIssue,
  by: Account,
): Promise<string> {
  await followBranches(repo, issue, pull);
  const merge = await tryGit(repo.path, ["merge-tree", "--write-tree", pull.baseSha, pull.headSha]);
  if (issue.state === "closed" || merge.exitCode !== 0) throw new ApiError(405, "Pull Request is not mergeable");
  const tree = merge.stdout.toString().trim();
  const who = ["-c", `user.name=${by.login}`, "-c", `user.email=${by.id}+${by.login}@users.noreply.localhost`];
  const message = `Merge pull request #${issue.number} from ${repo.owner.login}/${pull.head}\n\n${issue.title}\n`;
  const parents = ["-p", pull.baseSha, "-p", pull.headSha];
  const sha = (await runGit(repo.path, [...who, "commit-tree", tree, ...parents], message)).trim();
  await runGit(repo.path, ["update-ref", `refs/heads/${pull.base}`, sha, pull.baseSha]);
  updateIssue(github, issue, { by, state: "closed" });
  pull.merged = { at: github.now(), by, sha };
  return sha;
}

/** What the pull request changes since it left its base. */
export async function pullDiff(repo: StoredRepository, pull: Pull) {
  return await readDiff(repo.path, await mergeBase(repo, pull.baseSha, pull.headSha), pull.headSha);
}

/** The newest common commit, or the first one when there is none. */
export async function mergeBase(repo: StoredRepository, one: string, other: string): Promise<string> {
  const found = await tryGit(repo.path, ["merge-base", one, other]);
  return found.exitCode === 0 ? found.stdout.toString().trim() : one;
}

export async function countCommits(repo: StoredRepository, from: string, to: string): Promise<number> {
  return Number.parseInt(await runGit(repo.path, ["rev-list", "--count", `${from}..${to}`]), 10);
}

/** Without the owner that GitHub allows in front: `acme:topic`. */
function headBranch(repo: StoredRepository, head: string): string {
  const owner = `${repo.owner.login}:`.toLowerCase();
  return head.toLowerCase().startsWith(owner) ? head.slice(owner.length) : head;
}

function custom(message: string): ApiError {
  return validationFailed({ resource: "PullRequest", code: "custom", message });
}
