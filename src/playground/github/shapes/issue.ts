import type { GitHubState, Issue, StoredRepository } from "../github-state.ts";
import { authorAssociation } from "./author-association.ts";
import { labelShape } from "./label.ts";
import { nodeId } from "./node-id.ts";
import { reactionRollup } from "./reaction.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp, timestampOrNull } from "./timestamp.ts";

/** An issue, or a pull request seen as one. */
export function issueShape(github: GitHubState, repo: StoredRepository, issue: Issue) {
  const repoUrl = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
  const url = `${repoUrl}/issues/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId("I", issue.id),
    number: issue.number,
    url,
    repository_url: repoUrl,
    html_url: issueUrl(github, repo, issue),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    title: issue.title,
    body: issue.body,
    user: simpleUser(github, issue.by),
    author_association: authorAssociation(repo, issue.by),
    state: issue.state,
    state_reason: issue.stateReason,
    labels: issue.labels.map((label) => labelShape(github, repo, label)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    created_at: timestamp(issue.createdAt),
    updated_at: timestamp(issue.updatedAt),
    closed_at: timestampOrNull(issue.closedAt),
    closed_by: issue.closedBy === null ? null : simpleUser(github, issue.closedBy),
    performed_via_github_app: null,
    reactions: reactionRollup(issue.reactions, url),
    ...(issue.pull === undefined ? {} : { draft: issue.pull.draft, pull_request: pullLinks(github, repo, issue) }),
  } satisfies Schemas["issue"];
}

/** The page of an issue or a pull request. */
export function issueUrl(github: GitHubState, repo: StoredRepository, issue: Issue): string {
  const kind = issue.pull === undefined ? "issues" : "pull";
  return `${github.url}/${repo.owner.login}/${repo.name}/${kind}/${issue.number}`;
}

function pullLinks(github: GitHubState, repo: StoredRepository, issue: Issue) {
  const page = issueUrl(github, repo, issue);
  return {
    url: `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}/pulls/${issue.number}`,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    merged_at: timestampOrNull(issue.pull?.merged?.at ?? null),
  };
}
