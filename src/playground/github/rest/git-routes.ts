import { access, type Needs } from "../access.ts";
import { countCommits, mergeBase } from "../acts/pull-acts.ts";
import { ApiError, notFound } from "../api-error.ts";
import { type GitCommit, readCommits } from "../git/read-commits.ts";
import { readDiff } from "../git/read-diff.ts";
import { branchHead, listRefs, resolveCommit } from "../git/resolve-commit.ts";
import { tryGit } from "../git/run-git.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { commitShape, diffEntry } from "../shapes/commit.ts";
import { nodeId } from "../shapes/node-id.ts";
import type { Schemas } from "../shapes/schemas.ts";
import { paginate } from "./paginate.ts";
import type { RestRoutes } from "./rest-app.ts";

const reads: Needs = [{ contents: "read" }];

/** Refs, branches, commits and comparisons, read from git each time. */
export function gitRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo/git/ref/:ref{.+}", async (c) => {
    const repo = access(github, c, reads);
    const ref = `refs/${c.req.param("ref")}`;
    const sha = (await listRefs(repo.path, ref))[ref];
    if (sha === undefined) throw notFound();
    return c.json(gitRef(github, repo, ref, sha));
  });
  api.get("/repos/:owner/:repo/git/matching-refs/:ref{.+}", async (c) => {
    const repo = access(github, c, reads);
    const refs = Object.entries(await listRefs(repo.path));
    const wanted = refs.filter(([ref]) => ref.startsWith(`refs/${c.req.param("ref")}`));
    return c.json(wanted.map(([ref, sha]) => gitRef(github, repo, ref, sha)));
  });
  api.delete("/repos/:owner/:repo/git/refs/:ref{.+}", async (c) => {
    const repo = access(github, c, [{ contents: "write" }]);
    const ref = `refs/${c.req.param("ref")}`;
    if ((await listRefs(repo.path, ref))[ref] === undefined) throw new ApiError(422, "Reference does not exist");
    await tryGit(repo.path, ["update-ref", "-d", ref]);
    return c.body(null, 204);
  });
  api.get("/repos/:owner/:repo/branches", async (c) => {
    const repo = access(github, c, reads);
    const heads = Object.entries(await listRefs(repo.path, "refs/heads/"));
    const branches = paginate(github, c, heads).map(([ref, sha]) => ({
      name: ref.replace("refs/heads/", ""),
      commit: { sha, url: `${repoUrl(github, repo)}/commits/${sha}` },
      protected: false,
    }));
    return c.json(branches satisfies Schemas["short-branch"][]);
  });
  api.get("/repos/:owner/:repo/branches/:branch{.+}", async (c) => {
    const repo = access(github, c, reads);
    const name = c.req.param("branch");
    const sha = await branchHead(repo.path, name);
    if (sha === undefined) throw notFound("Branch not found");
    const self = `${repoUrl(github, repo)}/branches/${name}`;
    return c.json({
      name,
      commit: commitShape(github, repo, await oneCommit(repo, sha)),
      _links: { self, html: `${github.url}/${repo.owner.login}/${repo.name}/tree/${name}` },
      protected: false,
      protection: { enabled: false },
      protection_url: `${self}/protection`,
    } satisfies Schemas["branch-with-protection"]);
  });
  api.get("/repos/:owner/:repo/commits/:ref{.+}", async (c) => {
    const repo = access(github, c, reads);
    const commit = await oneCommit(repo, await commitNamed(repo, c.req.param("ref")));
    const files = commit.parents[0] === undefined ? [] : await readDiff(repo.path, commit.parents[0], commit.sha);
    const additions = files.reduce((sum, file) => sum + file.additions, 0);
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
    return c.json({
      ...commitShape(github, repo, commit),
      stats: { additions, deletions, total: additions + deletions },
      files: files.map((file) => diffEntry(github, repo, file, commit.sha)),
    } satisfies Schemas["commit"]);
  });
  api.get("/repos/:owner/:repo/compare/:range{.+}", async (c) => {
    const repo = access(github, c, reads);
    const [base = "", head = ""] = c.req.param("range").split("...");
    return c.json(await comparison(github, repo, await commitNamed(repo, base), await commitNamed(repo, head)));
  });
}

async function comparison(github: GitHubState, repo: StoredRepository, base: string, head: string) {
  const common = await mergeBase(repo, base, head);
  const [ahead, behind, commits, files] = await Promise.all([
    countCommits(repo, base, head),
    countCommits(repo, head, base),
    readCommits(repo.path, `${base}..${head}`),
    readDiff(repo.path, common, head),
  ]);
  const url = `${repoUrl(github, repo)}/compare/${base}...${head}`;
  const html = `${github.url}/${repo.owner.login}/${repo.name}/compare/${base}...${head}`;
  const status = ahead === 0 ? (behind === 0 ? "identical" : "behind") : behind === 0 ? "ahead" : "diverged";
  return {
    url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitShape(github, repo, await oneCommit(repo, base)),
    merge_base_commit: commitShape(github, repo, await oneCommit(repo, common)),
    status,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.map((commit) => commitShape(github, repo, commit)),
    files: files.map((file) => diffEntry(github, repo, file, head)),
  } satisfies Schemas["commit-comparison"];
}

async function commitNamed(repo: StoredRepository, name: string): Promise<string> {
  // `acme:topic` names the owner of a fork; there are none here.
  const sha = await resolveCommit(repo.path, name.slice(name.indexOf(":") + 1));
  if (sha === undefined) throw notFound(`No commit found for SHA: ${name}`);
  return sha;
}

async function oneCommit(repo: StoredRepository, sha: string): Promise<GitCommit> {
  const [commit] = await readCommits(repo.path, sha, 1);
  if (commit === undefined) throw notFound();
  return commit;
}

function gitRef(github: GitHubState, repo: StoredRepository, ref: string, sha: string) {
  return {
    ref,
    node_id: nodeId("REF", repo.id),
    url: `${repoUrl(github, repo)}/git/${ref}`,
    object: { type: "commit", sha, url: `${repoUrl(github, repo)}/git/commits/${sha}` },
  } satisfies Schemas["git-ref"];
}

function repoUrl(github: GitHubState, repo: StoredRepository): string {
  return `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
}
