import { html } from "hono/html";
import { listRefs } from "../git/resolve-commit.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { issueList } from "./issue-list.ts";
import { type Html, layout } from "./layout.ts";

/** Issues, pull requests and branches of one repository. */
export async function repositoryPage(github: GitHubState, repo: StoredRepository): Promise<Response> {
  const all = [...repo.issues.values()];
  const pulls = all.filter((issue) => issue.pull !== undefined);
  const issues = all.filter((issue) => issue.pull === undefined);
  const fullName = `${repo.owner.login}/${repo.name}`;
  const body = html`<h1>${repo.owner.login}/<b>${repo.name}</b></h1>
    <p class="mono muted">git clone ${repo.path}</p>
    <h2>Issues</h2>
    ${issueList(repo, issues, "There is no issue yet.")}
    <h2>Pull requests</h2>
    ${issueList(repo, pulls, "There is no pull request yet.")}
    <h2>Branches</h2>
    ${branches(repo, await listRefs(repo.path, "refs/heads/"))}`;
  return await layout(github, { title: fullName, trail: [{ name: fullName, href: `/${fullName}` }], body });
}

function branches(repo: StoredRepository, refs: Readonly<Record<string, string>>): Html {
  const commit = `/${repo.owner.login}/${repo.name}/commit`;
  return html`<div class="list">
    ${Object.entries(refs).map(([ref, sha]) => {
      const name = ref.replace("refs/heads/", "");
      return html`<div>
        <span class="grow"><span class="branch mono">${name}</span> ${name === repo.defaultBranch ? html`<span class="tag">default</span>` : ""}</span>
        <a class="mono" href="${commit}/${sha}">${sha.slice(0, 7)}</a>
      </div>`;
    })}
  </div>`;
}
