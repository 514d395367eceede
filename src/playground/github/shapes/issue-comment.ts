import type { Comment, GitHubState, Issue, StoredRepository } from "../github-state.ts";
import { authorAssociation } from "./author-association.ts";
import { issueUrl } from "./issue.ts";
import { nodeId } from "./node-id.ts";
import { reactionRollup } from "./reaction.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp } from "./timestamp.ts";

export function issueComment(github: GitHubState, repo: StoredRepository, issue: Issue, comment: Comment) {
  const issues = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}/issues`;
  const url = `${issues}/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url,
    html_url: commentUrl(github, repo, issue, comment),
    issue_url: `${issues}/${issue.number}`,
    user: simpleUser(github, comment.by),
    author_association: authorAssociation(repo, comment.by),
    body: comment.body,
    created_at: timestamp(comment.createdAt),
    updated_at: timestamp(comment.updatedAt),
    performed_via_github_app: null,
    reactions: reactionRollup(comment.reactions, url),
  } satisfies Schemas["issue-comment"];
}

export function commentUrl(github: GitHubState, repo: StoredRepository, issue: Issue, comment: Comment): string {
  return `${issueUrl(github, repo, issue)}#issuecomment-${comment.id}`;
}
