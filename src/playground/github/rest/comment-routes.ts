import { z } from "zod";
import { access } from "../access.ts";
import { addComment, addReaction } from "../acts/comment-acts.ts";
import { notFound } from "../api-error.ts";
import type { Comment, GitHubState, Issue, StoredRepository } from "../github-state.ts";
import { issueComment } from "../shapes/issue-comment.ts";
import { reactionShape } from "../shapes/reaction.ts";
import { findIssue } from "./find-issue.ts";
import { readsIssues, writesIssues } from "./issue-routes.ts";
import { paginate } from "./paginate.ts";
import { readBody } from "./read-body.ts";
import type { RestContext, RestRoutes } from "./rest-app.ts";

const commentBody = z.object({ body: z.string().min(1).max(65_536, "body is too long (maximum is 65536 characters)") });
const reactionBody = z.object({
  content: z.enum(["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]),
});

/** Comments of issues and pull requests, and reactions to both. */
export function commentRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo/issues/:number{[0-9]+}/comments", (c) => {
    const repo = access(github, c, readsIssues);
    const issue = findIssue(c, repo);
    return c.json(paginate(github, c, issue.comments).map((comment) => issueComment(github, repo, issue, comment)));
  });
  api.post("/repos/:owner/:repo/issues/:number{[0-9]+}/comments", async (c) => {
    const repo = access(github, c, writesIssues);
    const issue = findIssue(c, repo);
    const { body } = await readBody(c, "IssueComment", commentBody);
    const { comment } = addComment(github, repo, issue, { by: github.bot, body });
    return c.json(issueComment(github, repo, issue, comment), 201);
  });
  api.get("/repos/:owner/:repo/issues/comments/:id{[0-9]+}", (c) => {
    const repo = access(github, c, readsIssues);
    const { issue, comment } = findComment(c, repo);
    return c.json(issueComment(github, repo, issue, comment));
  });
  api.patch("/repos/:owner/:repo/issues/comments/:id{[0-9]+}", async (c) => {
    const repo = access(github, c, writesIssues);
    const { issue, comment } = findComment(c, repo);
    const { body } = await readBody(c, "IssueComment", commentBody);
    comment.body = body;
    comment.updatedAt = github.now();
    return c.json(issueComment(github, repo, issue, comment));
  });
  api.delete("/repos/:owner/:repo/issues/comments/:id{[0-9]+}", (c) => {
    const repo = access(github, c, writesIssues);
    const { issue, comment } = findComment(c, repo);
    issue.comments.splice(issue.comments.indexOf(comment), 1);
    return c.body(null, 204);
  });
  api.get("/repos/:owner/:repo/issues/:number{[0-9]+}/reactions", (c) => {
    const repo = access(github, c, readsIssues);
    const { reactions } = findIssue(c, repo);
    return c.json(paginate(github, c, reactions).map((reaction) => reactionShape(github, reaction)));
  });
  api.post("/repos/:owner/:repo/issues/:number{[0-9]+}/reactions", async (c) => {
    const repo = access(github, c, writesIssues);
    return await react(github, c, findIssue(c, repo));
  });
  api.post("/repos/:owner/:repo/issues/comments/:id{[0-9]+}/reactions", async (c) => {
    const repo = access(github, c, writesIssues);
    return await react(github, c, findComment(c, repo).comment);
  });
}

async function react(github: GitHubState, c: RestContext, to: Issue | Comment): Promise<Response> {
  const { content } = await readBody(c, "Reaction", reactionBody);
  const { reaction, isNew } = addReaction(github, to, { by: github.bot, content });
  return c.json(reactionShape(github, reaction), isNew ? 201 : 200);
}

function findComment(c: RestContext, repo: StoredRepository): { issue: Issue; comment: Comment } {
  const id = Number(c.req.param("id"));
  for (const issue of repo.issues.values()) {
    const comment = issue.comments.find((each) => each.id === id);
    if (comment !== undefined) return { issue, comment };
  }
  throw notFound();
}
