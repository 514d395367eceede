import type { Account, Comment, GitHubState, Issue, Reaction, StoredRepository } from "../github-state.ts";
import { commentEvent } from "../webhooks/comment-event.ts";
import { deliver } from "../webhooks/deliver.ts";

interface Said {
  readonly by: Account;
  readonly body: string;
}

/** The comment stands at once; `delivered` settles when the webhook about it is answered. */
export function addComment(github: GitHubState, repo: StoredRepository, issue: Issue, said: Said) {
  const now = github.now();
  const comment: Comment = {
    id: github.nextId(),
    by: said.by,
    body: said.body,
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  issue.comments.push(comment);
  issue.updatedAt = now;
  const event = commentEvent(github, repo, issue, { comment, sender: said.by });
  return { comment, delivered: deliver(github, repo, event) };
}

/** An account reacts in one way only once. */
export function addReaction(
  github: GitHubState,
  to: Issue | Comment,
  given: { readonly by: Account; readonly content: Reaction["content"] },
): { readonly reaction: Reaction; readonly isNew: boolean } {
  const known = to.reactions.find((each) => each.by.id === given.by.id && each.content === given.content);
  if (known !== undefined) return { reaction: known, isNew: false };
  const reaction = { id: github.nextId(), by: given.by, content: given.content, createdAt: github.now() };
  to.reactions.push(reaction);
  return { reaction, isNew: true };
}
