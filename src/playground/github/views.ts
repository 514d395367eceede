import { followBranches } from "./acts/pull-acts.ts";
import { theIssue, theRepository } from "./find-repository.ts";
import { listRefs } from "./git/resolve-commit.ts";
import { tryGit } from "./git/run-git.ts";
import type { CommentView, DeliveryView, GitHubLookAlike, PullRequestView } from "./github-look-alike.ts";
import type { Comment, Delivery, GitHubState, Issue, Pull, StoredRepository } from "./github-state.ts";
import { issueUrl } from "./shapes/issue.ts";
import { commentUrl } from "./shapes/issue-comment.ts";
import { until } from "./until.ts";

type Views =
  | "comments"
  | "reactions"
  | "labels"
  | "checks"
  | "pullRequests"
  | "refs"
  | "file"
  | "deliveries"
  | "requests"
  | "until";

/** What tests look at. */
export function views(github: GitHubState): Pick<GitHubLookAlike, Views> {
  const issueIn = (repo: Parameters<GitHubLookAlike["labels"]>[0], issue: number) =>
    theIssue(theRepository(github, repo), issue);
  return {
    comments(repo, number) {
      const stored = theRepository(github, repo);
      const issue = theIssue(stored, number);
      return issue.comments.map((comment) => commentView(github, stored, issue, comment));
    },
    reactions: (repo, issue) => issueIn(repo, issue).reactions.map(({ by, content }) => ({ by: by.login, content })),
    labels: (repo, issue) => issueIn(repo, issue).labels.map((label) => label.name),
    checks: (repo, sha) =>
      theRepository(github, repo)
        .checkRuns.filter((run) => run.headSha === sha)
        .map(({ name, conclusion, output }) => ({ name, conclusion, title: output.title, summary: output.summary })),
    async pullRequests(repo) {
      const stored = theRepository(github, repo);
      const found: PullRequestView[] = [];
      for (const issue of stored.issues.values()) {
        if (issue.pull === undefined) continue;
        await followBranches(stored, issue, issue.pull);
        found.push(pullRequestView(github, stored, issue, issue.pull));
      }
      return found;
    },
    refs: async (repo) => await listRefs(theRepository(github, repo).path),
    async file(repo, ref, path) {
      const read = await tryGit(theRepository(github, repo).path, ["cat-file", "blob", `${ref}:${path}`]);
      return read.exitCode === 0 ? read.stdout.toString() : undefined;
    },
    deliveries: () => github.deliveries.map(deliveryView),
    requests: () => [...github.requests],
    until: async (look, { timeoutMs = 30_000 } = {}) => await until(github, look, timeoutMs),
  };
}

export function commentView(github: GitHubState, repo: StoredRepository, issue: Issue, comment: Comment): CommentView {
  const { id, by, body, createdAt, updatedAt } = comment;
  const reactions = comment.reactions.map(({ content }) => content);
  return { id, by: by.login, body, url: commentUrl(github, repo, issue, comment), reactions, createdAt, updatedAt };
}

export function deliveryView(delivery: Delivery): DeliveryView {
  const { guid, event, action, statusCode, redelivery } = delivery;
  return { id: guid, event, action, statusCode, redelivery };
}

function pullRequestView(github: GitHubState, repo: StoredRepository, issue: Issue, pull: Pull): PullRequestView {
  return {
    number: issue.number,
    url: issueUrl(github, repo, issue),
    by: issue.by.login,
    title: issue.title,
    body: issue.body ?? "",
    state: pull.merged === undefined ? issue.state : "merged",
    draft: pull.draft,
    head: pull.head,
    headSha: pull.headSha,
    base: pull.base,
    labels: issue.labels.map((label) => label.name),
  };
}
