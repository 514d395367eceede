import { z } from "zod";
import { access } from "../access.ts";
import { notFound } from "../api-error.ts";
import { resolveCommit } from "../git/resolve-commit.ts";
import type { CheckRun, CommitStatus, GitHubState, StoredRepository } from "../github-state.ts";
import { checkRunShape, statusShape } from "../shapes/check-run.ts";
import { fullRepository } from "../shapes/full-repository.ts";
import type { Schemas } from "../shapes/schemas.ts";
import { paginate } from "./paginate.ts";
import { readBody } from "./read-body.ts";
import type { RestRoutes } from "./rest-app.ts";

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const checkFields = z.object({
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z
    .enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"])
    .optional(),
  details_url: z.string().optional(),
  started_at: time.optional(),
  completed_at: time.optional(),
  output: z
    .object({ title: z.string().optional(), summary: z.string().max(65_535), text: z.string().max(65_535).optional() })
    .optional(),
});
const newCheck = checkFields.extend({
  name: z.string().min(1),
  head_sha: z.string().regex(/^[0-9a-f]{40}$/),
  external_id: z.string().optional(),
});

/** Check runs and commit statuses. */
export function checkRoutes(api: RestRoutes, github: GitHubState): void {
  api.post("/repos/:owner/:repo/check-runs", async (c) => {
    const repo = access(github, c, [{ checks: "write" }]);
    const request = await readBody(c, "CheckRun", newCheck);
    const run = storeCheck(github, repo, { name: request.name, sha: request.head_sha, external: request.external_id });
    applyCheck(github, run, request);
    return c.json(checkRunShape(github, repo, run), 201);
  });
  api.patch("/repos/:owner/:repo/check-runs/:id{[0-9]+}", async (c) => {
    const repo = access(github, c, [{ checks: "write" }]);
    const run = repo.checkRuns.find((each) => each.id === Number(c.req.param("id")));
    if (run === undefined) throw notFound();
    applyCheck(github, run, await readBody(c, "CheckRun", checkFields));
    return c.json(checkRunShape(github, repo, run));
  });
  api.get("/repos/:owner/:repo/commits/:ref{.+}/check-runs", async (c) => {
    const repo = access(github, c, [{ checks: "read" }]);
    const sha = await shaOf(repo, c.req.param("ref"));
    const name = c.req.query("check_name");
    const runs = repo.checkRuns.filter((run) => run.headSha === sha && (name === undefined || run.name === name));
    const check_runs = paginate(github, c, runs).map((run) => checkRunShape(github, repo, run));
    return c.json({ total_count: runs.length, check_runs: check_runs satisfies Schemas["check-run"][] });
  });
  api.get("/repos/:owner/:repo/commits/:ref{.+}/statuses", async (c) => {
    const repo = access(github, c, [{ statuses: "read" }]);
    const statuses = statusesOf(repo, await shaOf(repo, c.req.param("ref")));
    return c.json(paginate(github, c, statuses).map((status) => statusShape(github, repo, status)));
  });
  api.get("/repos/:owner/:repo/commits/:ref{.+}/status", async (c) => {
    const repo = access(github, c, [{ statuses: "read" }]);
    const sha = await shaOf(repo, c.req.param("ref"));
    const newest = new Map(
      statusesOf(repo, sha)
        .toReversed()
        .map((status) => [status.context, status]),
    );
    const statuses = [...newest.values()];
    const url = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}/commits/${sha}`;
    return c.json({
      state: combined(statuses),
      statuses: statuses.map((status) => statusShape(github, repo, status)),
      sha,
      total_count: statuses.length,
      repository: fullRepository(github, repo),
      commit_url: url,
      url: `${url}/status`,
    } satisfies Schemas["combined-commit-status"]);
  });
}

export function storeCheck(
  github: GitHubState,
  repo: StoredRepository,
  named: { readonly name: string; readonly sha: string; readonly external?: string | undefined },
): CheckRun {
  const run: CheckRun = {
    id: github.nextId(),
    headSha: named.sha,
    name: named.name,
    externalId: named.external ?? null,
    detailsUrl: null,
    status: "queued",
    conclusion: null,
    startedAt: github.now(),
    completedAt: null,
    output: { title: null, summary: null, text: null },
  };
  repo.checkRuns.push(run);
  return run;
}

function applyCheck(github: GitHubState, run: CheckRun, change: z.output<typeof checkFields>): void {
  run.status = change.status ?? run.status;
  run.detailsUrl = change.details_url ?? run.detailsUrl;
  run.startedAt = change.started_at ?? run.startedAt;
  if (change.output !== undefined) {
    const { title = null, summary, text = null } = change.output;
    run.output = { title, summary, text };
  }
  if (change.conclusion === undefined) return;
  // GitHub takes a conclusion as the end of the check.
  run.status = "completed";
  run.conclusion = change.conclusion;
  run.completedAt = change.completed_at ?? github.now();
}

async function shaOf(repo: StoredRepository, ref: string): Promise<string> {
  const sha = await resolveCommit(repo.path, ref);
  if (sha === undefined) throw notFound(`No commit found for SHA: ${ref}`);
  return sha;
}

/** Newest first. */
function statusesOf(repo: StoredRepository, sha: string): CommitStatus[] {
  return repo.statuses.filter((status) => status.sha === sha).reverse();
}

function combined(statuses: readonly CommitStatus[]): string {
  if (statuses.some((status) => status.state === "failure" || status.state === "error")) return "failure";
  return statuses.length > 0 && statuses.every((status) => status.state === "success") ? "success" : "pending";
}
