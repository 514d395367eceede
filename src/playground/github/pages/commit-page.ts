import { html } from "hono/html";
import { readCommits } from "../git/read-commits.ts";
import { readDiff } from "../git/read-diff.ts";
import { resolveCommit } from "../git/resolve-commit.ts";
import { runGit } from "../git/run-git.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { diffView } from "./diff-view.ts";
import { layout } from "./layout.ts";

/** One commit against its parent; `undefined` when there is no such commit. */
export async function commitPage(
  github: GitHubState,
  repo: StoredRepository,
  name: string,
): Promise<Response | undefined> {
  const sha = await resolveCommit(repo.path, name);
  const [commit] = sha === undefined ? [] : await readCommits(repo.path, sha, 1);
  if (commit === undefined) return undefined;
  const parent = commit.parents[0] ?? (await emptyTree(repo));
  const [title = "", ...rest] = commit.message.split("\n");
  const fullName = `${repo.owner.login}/${repo.name}`;
  const body = html`<h1>${title}</h1>
    <p class="muted mono">${commit.sha} · ${commit.author.name}, ${commit.author.date}</p>
    ${rest.join("\n").trim() === "" ? "" : html`<pre class="mono">${rest.join("\n").trim()}</pre>`}
    ${diffView(await readDiff(repo.path, parent, commit.sha))}`;
  return await layout(github, {
    title: `${title} · ${fullName}`,
    trail: [{ name: fullName, href: `/${fullName}` }],
    body,
  });
}

async function emptyTree(repo: StoredRepository): Promise<string> {
  return (await runGit(repo.path, ["hash-object", "-t", "tree", "-w", "--stdin"])).trim();
}
