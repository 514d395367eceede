import { html } from "hono/html";
import { followBranches, mergeBase, type PullIssue, pullDiff } from "../acts/pull-acts.ts";
import { type GitCommit, readCommits } from "../git/read-commits.ts";
import type { CheckRun, GitHubState, StoredRepository } from "../github-state.ts";
import { conversation, labelPills } from "./conversation.ts";
import { diffView } from "./diff-view.ts";
import { pagePath, stateBadge } from "./issue-list.ts";
import { counted, type Html, layout, who } from "./layout.ts";

export type PullTab = "conversation" | "commits" | "checks" | "files";

export async function pullPage(
  github: GitHubState,
  repo: StoredRepository,
  { issue, pull }: PullIssue,
  tab: PullTab,
): Promise<Response> {
  await followBranches(repo, issue, pull);
  const base = await mergeBase(repo, pull.baseSha, pull.headSha);
  const commits = await readCommits(repo.path, `${base}..${pull.headSha}`);
  const checks = repo.checkRuns.filter((run) => run.headSha === pull.headSha);
  const files = await pullDiff(repo, pull);
  const shown = {
    conversation: () => conversation(issue),
    commits: () => commitList(repo, commits),
    checks: () => checkList(checks),
    files: () => diffView(files),
  };
  const counts = {
    conversation: issue.comments.length,
    commits: commits.length,
    checks: checks.length,
    files: files.length,
  };
  const fullName = `${repo.owner.login}/${repo.name}`;
  const body = html`<h1>${issue.title} <span class="number">#${issue.number}</span></h1>
    <p class="muted">
      ${stateBadge(issue)} ${who(issue.by)} wants to merge ${counted(commits.length, "commit")} into <span class="branch mono">${pull.base}</span> from
      <span class="branch mono">${pull.head}</span> ${labelPills(issue.labels)}
    </p>
    ${tabs(pagePath(repo, issue), tab, counts)} ${shown[tab]()}`;
  const trail = [{ name: fullName, href: `/${fullName}` }];
  return await layout(github, { title: `${issue.title} · Pull request #${issue.number} · ${fullName}`, trail, body });
}

const tabNames = [
  ["conversation", "Conversation"],
  ["commits", "Commits"],
  ["checks", "Checks"],
  ["files", "Files changed"],
] as const;

function tabs(path: string, here: PullTab, counts: Readonly<Record<PullTab, number>>): Html {
  return html`<nav class="tabs">
    ${tabNames.map(([tab, name]) => {
      const href = tab === "conversation" ? path : `${path}/${tab}`;
      const mark = tab === here ? "here" : "";
      return html`<a href="${href}" class="${mark}">${name}<span class="count">${counts[tab]}</span></a>`;
    })}
  </nav>`;
}

function commitList(repo: StoredRepository, commits: readonly GitCommit[]): Html {
  const path = `/${repo.owner.login}/${repo.name}/commit`;
  return html`<div class="list">
    ${commits.map(
      (commit) => html`<div>
        <div class="grow">
          <a href="${path}/${commit.sha}"><b>${commit.message.split("\n")[0]}</b></a>
          <div class="muted mono">${commit.author.name}, ${commit.author.date}</div>
        </div>
        <a class="mono" href="${path}/${commit.sha}">${commit.sha.slice(0, 7)}</a>
      </div>`,
    )}
  </div>`;
}

function checkList(checks: readonly CheckRun[]): Html {
  if (checks.length === 0) return html`<p class="empty">No checks ran on the newest commit.</p>`;
  return html`<div class="list">
    ${checks.map((run) => {
      const color = run.conclusion === "success" ? "open" : run.conclusion === null ? "draft" : "closed";
      return html`<div>
        <span class="dot ${color}"></span>
        <div class="grow"><b>${run.name}</b> <span class="muted">${run.output.title ?? ""}</span></div>
        <span class="muted">${run.conclusion ?? run.status}</span>
      </div>`;
    })}
  </div>`;
}
