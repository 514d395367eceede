import type { WebhookEventDefinition } from "@octokit/webhooks/types";
import type { Account, Comment, GitHubState, Issue, StoredRepository } from "../github-state.ts";
import { issueShape } from "../shapes/issue.ts";
import { issueComment } from "../shapes/issue-comment.ts";
import { simpleUser } from "../shapes/simple-user.ts";
import type { WebhookEvent } from "./deliver.ts";
import { eventBase } from "./event-base.ts";

/** The `issue_comment` webhook for a new comment. */
export function commentEvent(
  github: GitHubState,
  repo: StoredRepository,
  issue: Issue,
  said: { readonly comment: Comment; readonly sender: Account },
): WebhookEvent {
  const payload = {
    action: "created",
    issue: issueShape(github, repo, issue),
    comment: issueComment(github, repo, issue, said.comment),
    ...eventBase(github, repo),
    sender: simpleUser(github, said.sender),
  } satisfies WebhookEventDefinition<"issue-comment-created">;
  return { name: "issue_comment", payload };
}
