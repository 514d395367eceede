import { html } from "hono/html";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { counted, type Html, layout, when } from "./layout.ts";

/** The repositories, and what was told to the App. */
export async function homePage(github: GitHubState): Promise<Response> {
  const repositories = [...github.repositories.values()];
  const body = html`<h1>Repositories</h1>
    ${
      repositories.length === 0
        ? html`<p class="empty">There is no repository yet.</p>`
        : html`<div class="list">${repositories.map(repositoryRow)}</div>`
    }
    <h2>Webhook deliveries</h2>
    ${deliveries(github)}`;
  return await layout(github, { title: "GitHub look-alike", trail: [], body });
}

function repositoryRow(repo: StoredRepository): Html {
  const open = [...repo.issues.values()].filter((issue) => issue.state === "open");
  const pulls = open.filter((issue) => issue.pull !== undefined).length;
  const path = `/${repo.owner.login}/${repo.name}`;
  return html`<div>
    <a class="grow" href="${path}">${repo.owner.login}/<b>${repo.name}</b></a>
    <span class="muted">${counted(open.length - pulls, "open issue")} · ${counted(pulls, "open pull request")}</span>
  </div>`;
}

function deliveries(github: GitHubState): Html {
  const newest = github.deliveries.slice(-20).reverse();
  if (newest.length === 0) return html`<p class="empty">None so far.</p>`;
  return html`<div class="list">
    ${newest.map((each) => {
      const ok = each.statusCode !== null && each.statusCode < 400;
      return html`<div>
        <span class="dot ${ok ? "open" : each.statusCode === null ? "draft" : "closed"}"></span>
        <span class="grow">${each.event}${each.action === null ? "" : `.${each.action}`}</span>
        <span class="muted mono">${each.guid}</span>
        <span class="mono">${each.statusCode ?? "waiting"}${each.redelivery ? " again" : ""}</span>
        <span class="muted mono">${when(each.deliveredAt)}</span>
      </div>`;
    })}
  </div>`;
}
