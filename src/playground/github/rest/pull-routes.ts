import { z } from "zod";
import { access, type Needs } from "../access.ts";
import { updateIssue } from "../acts/issue-acts.ts";
import { followBranches, mergeBase, openPull, type PullIssue, pullDiff, pullFacts } from "../acts/pull-acts.ts";
import { readCommits } from "../git/read-commits.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { commitShape, diffEntry } from "../shapes/commit.ts";
import { pullRequest, pullRequestSimple } from "../shapes/pull-request.ts";
import { findPull } from "./find-issue.ts";
import { paginate } from "./paginate.ts";
import { readBody } from "./read-body.ts";
import type { RestContext, RestRoutes } from "./rest-app.ts";

const reads: Needs = [{ pull_requests: "read" }];
const writes: Needs = [{ pull_requests: "write" }];

const title = z.string().min(1).max(256);
const body = z.string().max(65_536, "body is too long (maximum is 65536 characters)").nullable();
const newPull = z.object({
  title,
  head: z.string().min(1),
  base: z.string().min(1),
  body: body.optional(),
  draft: z.boolean().optional(),
});
const pullChange = z.object({
  title: title.optional(),
  body: body.optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
});

/** Pull requests. As on GitHub, `draft` can only be changed by GraphQL. */
export function pullRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo/pulls", async (c) => {
    const repo = access(github, c, reads);
    const pulls = await Promise.all(matchingPulls(c, repo).map(async (each) => await followed(repo, each)));
    return c.json(paginate(github, c, pulls).map(({ issue, pull }) => pullRequestSimple(github, repo, issue, pull)));
  });
  api.post("/repos/:owner/:repo/pulls", async (c) => {
    const repo = access(github, c, writes);
    const request = await readBody(c, "PullRequest", newPull);
    const opened = await openPull(github, repo, {
      ...request,
      by: github.bot,
      body: request.body ?? null,
      draft: request.draft ?? false,
    });
    return c.json(await whole(github, repo, opened), 201);
  });
  api.get("/repos/:owner/:repo/pulls/:number{[0-9]+}", async (c) => {
    const repo = access(github, c, reads);
    return c.json(await whole(github, repo, findPull(c, repo)));
  });
  api.patch("/repos/:owner/:repo/pulls/:number{[0-9]+}", async (c) => {
    const repo = access(github, c, writes);
    const found = findPull(c, repo);
    const change = await readBody(c, "PullRequest", pullChange);
    updateIssue(github, found.issue, { by: github.bot, ...change });
    found.pull.base = change.base ?? found.pull.base;
    return c.json(await whole(github, repo, found));
  });
  api.get("/repos/:owner/:repo/pulls/:number{[0-9]+}/files", async (c) => {
    const repo = access(github, c, reads);
    const { pull } = await followed(repo, findPull(c, repo));
    const files = await pullDiff(repo, pull);
    return c.json(paginate(github, c, files).map((file) => diffEntry(github, repo, file, pull.headSha)));
  });
  api.get("/repos/:owner/:repo/pulls/:number{[0-9]+}/commits", async (c) => {
    const repo = access(github, c, reads);
    const { pull } = await followed(repo, findPull(c, repo));
    const base = await mergeBase(repo, pull.baseSha, pull.headSha);
    const commits = await readCommits(repo.path, `${base}..${pull.headSha}`);
    return c.json(paginate(github, c, commits).map((commit) => commitShape(github, repo, commit)));
  });
}

function matchingPulls(c: RestContext, repo: StoredRepository): PullIssue[] {
  const state = c.req.query("state") ?? "open";
  const base = c.req.query("base");
  const head = c.req.query("head");
  // GitHub ignores a head that does not name its owner, and so lists everything.
  const branch = head?.includes(":") ? head : undefined;
  return [...repo.issues.values()]
    .flatMap((issue) => (issue.pull === undefined ? [] : [{ issue, pull: issue.pull }]))
    .filter(({ issue }) => state === "all" || issue.state === state)
    .filter(({ pull }) => base === undefined || pull.base === base)
    .filter(({ pull }) => branch === undefined || branch === `${repo.owner.login}:${pull.head}`)
    .reverse();
}

async function whole(github: GitHubState, repo: StoredRepository, found: PullIssue) {
  const { issue, pull } = await followed(repo, found);
  return pullRequest(github, repo, issue, pull, await pullFacts(repo, pull));
}

async function followed(repo: StoredRepository, found: PullIssue): Promise<PullIssue> {
  await followBranches(repo, found.issue, found.pull);
  return found;
}
