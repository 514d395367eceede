import type { GitHubState, Issue, Pull, StoredRepository } from "../github-state.ts";
import { authorAssociation } from "./author-association.ts";
import { fullRepository } from "./full-repository.ts";
import { issueUrl } from "./issue.ts";
import { labelShape } from "./label.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp, timestampOrNull } from "./timestamp.ts";

/** What git knows of a pull request. */
export interface PullFacts {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly mergeable: boolean;
}

export function pullNodeId(pull: Pull): string {
  return nodeId("PR", pull.id);
}

/** A pull request as a list has it. */
export function pullRequestSimple(github: GitHubState, repo: StoredRepository, issue: Issue, pull: Pull) {
  return {
    id: pull.id,
    node_id: pullNodeId(pull),
    number: issue.number,
    ...pullUrls(github, repo, issue, pull),
    title: issue.title,
    body: issue.body,
    user: simpleUser(github, issue.by),
    author_association: authorAssociation(repo, issue.by),
    state: issue.state,
    draft: pull.draft,
    locked: false,
    active_lock_reason: null,
    labels: issue.labels.map((label) => labelShape(github, repo, label)),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    created_at: timestamp(issue.createdAt),
    updated_at: timestamp(issue.updatedAt),
    closed_at: timestampOrNull(issue.closedAt),
    merged_at: timestampOrNull(pull.merged?.at ?? null),
    merge_commit_sha: pull.merged?.sha ?? null,
    head: branchOf(github, repo, { ref: pull.head, sha: pull.headSha }),
    base: branchOf(github, repo, { ref: pull.base, sha: pull.baseSha }),
    auto_merge: null,
  } satisfies Schemas["pull-request-simple"];
}

/** A pull request asked for by its number. */
export function pullRequest(github: GitHubState, repo: StoredRepository, issue: Issue, pull: Pull, facts: PullFacts) {
  return {
    ...pullRequestSimple(github, repo, issue, pull),
    merged: pull.merged !== undefined,
    merged_by: pull.merged === undefined ? null : simpleUser(github, pull.merged.by),
    mergeable: facts.mergeable,
    rebaseable: facts.mergeable,
    mergeable_state: facts.mergeable ? (pull.draft ? "draft" : "clean") : "dirty",
    comments: issue.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: facts.commits,
    additions: facts.additions,
    deletions: facts.deletions,
    changed_files: facts.changedFiles,
  } satisfies Schemas["pull-request"];
}

function branchOf(github: GitHubState, repo: StoredRepository, at: { readonly ref: string; readonly sha: string }) {
  return {
    label: `${repo.owner.login}:${at.ref}`,
    ref: at.ref,
    sha: at.sha,
    repo: fullRepository(github, repo),
    user: simpleUser(github, repo.owner),
  };
}

function pullUrls(github: GitHubState, repo: StoredRepository, issue: Issue, pull: Pull) {
  const api = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
  const url = `${api}/pulls/${issue.number}`;
  const html = issueUrl(github, repo, issue);
  const urls = {
    issue: `${api}/issues/${issue.number}`,
    comments: `${api}/issues/${issue.number}/comments`,
    commits: `${url}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
    review_comments: `${url}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
  };
  return {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: urls.issue,
    comments_url: urls.comments,
    commits_url: urls.commits,
    statuses_url: urls.statuses,
    review_comments_url: urls.review_comments,
    review_comment_url: urls.review_comment,
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: urls.issue },
      comments: { href: urls.comments },
      commits: { href: urls.commits },
      statuses: { href: urls.statuses },
      review_comments: { href: urls.review_comments },
      review_comment: { href: urls.review_comment },
    },
  };
}
