import type { PullIssue } from "../acts/pull-acts.ts";
import { notFound } from "../api-error.ts";
import type { Issue, StoredRepository } from "../github-state.ts";
import type { RestContext } from "./rest-app.ts";

/** The issue (or pull request) whose number stands in the path. @throws ApiError 404. */
export function findIssue(c: RestContext, repo: StoredRepository): Issue {
  const issue = repo.issues.get(Number(c.req.param("number")));
  if (issue === undefined) throw notFound();
  return issue;
}

/** The pull request whose number stands in the path. @throws ApiError 404, for an issue too. */
export function findPull(c: RestContext, repo: StoredRepository): PullIssue {
  const issue = findIssue(c, repo);
  if (issue.pull === undefined) throw notFound();
  return { issue, pull: issue.pull };
}
