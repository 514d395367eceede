import { z } from "zod";
import { access, type Needs } from "../access.ts";
import { addIssueLabels, createIssue, removeIssueLabel, updateIssue } from "../acts/issue-acts.ts";
import { notFound, validationFailed } from "../api-error.ts";
import type { GitHubState } from "../github-state.ts";
import { issueShape } from "../shapes/issue.ts";
import { labelShape } from "../shapes/label.ts";
import { findIssue } from "./find-issue.ts";
import { paginate } from "./paginate.ts";
import { readBody } from "./read-body.ts";
import type { RestRoutes } from "./rest-app.ts";

export const readsIssues: Needs = [{ issues: "read" }, { pull_requests: "read" }];
export const writesIssues: Needs = [{ issues: "write" }, { pull_requests: "write" }];

const title = z.string().min(1).max(256);
const body = z.string().max(65_536, "body is too long (maximum is 65536 characters)").nullable();
const newIssue = z.object({ title, body: body.optional(), labels: z.array(z.string()).optional() });
const issueChange = z.object({
  title: title.optional(),
  body: body.optional(),
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.enum(["completed", "not_planned", "reopened"]).nullable().optional(),
});
const labelNames = z.union([
  z.array(z.string()),
  z.object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() }).transform((label) => label.name)])) }),
]);

/** Issues and their labels. */
export function issueRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo/issues", (c) => {
    const repo = access(github, c, readsIssues);
    const state = c.req.query("state") ?? "open";
    const labels = (c.req.query("labels") ?? "").split(",").filter((name) => name !== "");
    const found = [...repo.issues.values()]
      .filter((issue) => state === "all" || issue.state === state)
      .filter((issue) => labels.every((name) => issue.labels.some((label) => label.name === name)))
      .reverse();
    return c.json(paginate(github, c, found).map((issue) => issueShape(github, repo, issue)));
  });
  api.post("/repos/:owner/:repo/issues", async (c) => {
    const repo = access(github, c, [{ issues: "write" }]);
    const request = await readBody(c, "Issue", newIssue);
    const { issue } = createIssue(github, repo, {
      by: github.bot,
      title: request.title,
      body: request.body ?? null,
      labels: request.labels ?? [],
    });
    return c.json(issueShape(github, repo, issue), 201);
  });
  api.get("/repos/:owner/:repo/issues/:number{[0-9]+}", (c) => {
    const repo = access(github, c, readsIssues);
    return c.json(issueShape(github, repo, findIssue(c, repo)));
  });
  api.patch("/repos/:owner/:repo/issues/:number{[0-9]+}", async (c) => {
    const repo = access(github, c, writesIssues);
    const issue = findIssue(c, repo);
    updateIssue(github, issue, { by: github.bot, ...(await readBody(c, "Issue", issueChange)) });
    return c.json(issueShape(github, repo, issue));
  });
  api.get("/repos/:owner/:repo/issues/:number{[0-9]+}/labels", (c) => {
    const repo = access(github, c, readsIssues);
    const { labels } = findIssue(c, repo);
    return c.json(paginate(github, c, labels).map((label) => labelShape(github, repo, label)));
  });
  api.post("/repos/:owner/:repo/issues/:number{[0-9]+}/labels", async (c) => {
    const repo = access(github, c, writesIssues);
    const issue = findIssue(c, repo);
    const request = await readBody(c, "Label", labelNames);
    const names = Array.isArray(request) ? request : request.labels;
    if (names.some((name) => name === ""))
      throw validationFailed({ resource: "Label", field: "name", code: "invalid" });
    // Not awaited, here and below: GitHub answers first and tells its webhooks when it gets to it.
    void addIssueLabels(github, repo, issue, { by: github.bot, names });
    return c.json(issue.labels.map((label) => labelShape(github, repo, label)));
  });
  api.delete("/repos/:owner/:repo/issues/:number{[0-9]+}/labels/:name", (c) => {
    const repo = access(github, c, writesIssues);
    const issue = findIssue(c, repo);
    const name = c.req.param("name").toLowerCase();
    const label = issue.labels.find((each) => each.name.toLowerCase() === name);
    if (label === undefined) throw notFound("Label does not exist");
    void removeIssueLabel(github, repo, issue, { by: github.bot, label });
    return c.json(issue.labels.map((label) => labelShape(github, repo, label)));
  });
}
