import { html } from "hono/html";
import type { Issue, StoredRepository } from "../github-state.ts";
import { labelPills } from "./conversation.ts";
import { counted, type Html, when } from "./layout.ts";

/** Issues or pull requests under each other, newest first. */
export function issueList(repo: StoredRepository, issues: readonly Issue[], nothing: string): Html {
  if (issues.length === 0) return html`<p class="empty">${nothing}</p>`;
  return html`<div class="list">${issues.toReversed().map((issue) => row(repo, issue))}</div>`;
}

export function stateBadge(issue: Issue): Html {
  const state = stateOf(issue);
  return html`<span class="badge ${state.toLowerCase()}">${state}</span>`;
}

export function pagePath(repo: StoredRepository, issue: Issue): string {
  return `/${repo.owner.login}/${repo.name}/${issue.pull === undefined ? "issues" : "pull"}/${issue.number}`;
}

function stateOf(issue: Issue): "Open" | "Closed" | "Merged" | "Draft" {
  if (issue.pull?.merged !== undefined) return "Merged";
  if (issue.state === "closed") return "Closed";
  return issue.pull?.draft === true ? "Draft" : "Open";
}

function row(repo: StoredRepository, issue: Issue): Html {
  return html`<div>
    ${stateBadge(issue)}
    <div class="grow">
      <a href="${pagePath(repo, issue)}"><b>${issue.title}</b></a> ${labelPills(issue.labels)}
      <div class="muted mono">#${issue.number} by ${issue.by.login}, ${when(issue.createdAt)}</div>
    </div>
    <span class="muted">${issue.comments.length === 0 ? "" : counted(issue.comments.length, "comment")}</span>
  </div>`;
}
