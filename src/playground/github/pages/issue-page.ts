import { html } from "hono/html";
import type { GitHubState, Issue, StoredRepository } from "../github-state.ts";
import { conversation, labelPills } from "./conversation.ts";
import { stateBadge } from "./issue-list.ts";
import { layout, when, who } from "./layout.ts";

export async function issuePage(github: GitHubState, repo: StoredRepository, issue: Issue): Promise<Response> {
  const fullName = `${repo.owner.login}/${repo.name}`;
  const body = html`<h1>${issue.title} <span class="number">#${issue.number}</span></h1>
    <p class="muted">
      ${stateBadge(issue)} ${who(issue.by)} opened this issue ${when(issue.createdAt)} ${labelPills(issue.labels)}
    </p>
    ${conversation(issue)}`;
  const trail = [{ name: fullName, href: `/${fullName}` }];
  return await layout(github, { title: `${issue.title} · Issue #${issue.number} · ${fullName}`, trail, body });
}
