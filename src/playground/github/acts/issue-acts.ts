import type { Account, GitHubState, Issue, Label, StoredRepository } from "../github-state.ts";
import { deliver } from "../webhooks/deliver.ts";
import { issueEvent } from "../webhooks/issue-event.ts";

export interface NewIssue {
  readonly by: Account;
  readonly title: string;
  readonly body: string | null;
  readonly labels: readonly string[];
}

/** The issue exists at once; `delivered` settles when the webhooks about it are answered. */
export function createIssue(github: GitHubState, repo: StoredRepository, request: NewIssue) {
  const issue = newIssue(github, repo, request, undefined);
  const opened = deliver(github, repo, issueEvent(github, repo, issue, { action: "opened", sender: request.by }));
  const labeled = addIssueLabels(github, repo, issue, { by: request.by, names: request.labels });
  return { issue, delivered: Promise.all([opened, labeled]) };
}

/** Stores the issue, or the issue half of a pull request, under the next number. */
export function newIssue(
  github: GitHubState,
  repo: StoredRepository,
  request: Omit<NewIssue, "labels">,
  pull: Issue["pull"],
): Issue {
  const now = github.now();
  const issue: Issue = {
    id: github.nextId(),
    number: Math.max(0, ...repo.issues.keys()) + 1,
    by: request.by,
    title: request.title,
    body: request.body,
    state: "open",
    stateReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    labels: [],
    comments: [],
    reactions: [],
    pull,
  };
  repo.issues.set(issue.number, issue);
  return issue;
}

/** Labels that the issue has already change nothing and tell nobody. Returns the webhooks' ids. */
export async function addIssueLabels(
  github: GitHubState,
  repo: StoredRepository,
  issue: Issue,
  request: { readonly by: Account; readonly names: readonly string[] },
): Promise<string[]> {
  const added = request.names
    .map((name) => labelNamed(github, repo, name))
    .filter((label) => !issue.labels.includes(label));
  const deliveries = added.map((label) => {
    issue.labels.push(label);
    issue.updatedAt = github.now();
    return deliver(github, repo, issueEvent(github, repo, issue, { action: "labeled", sender: request.by, label }));
  });
  return await Promise.all(deliveries);
}

export async function removeIssueLabel(
  github: GitHubState,
  repo: StoredRepository,
  issue: Issue,
  request: { readonly by: Account; readonly label: Label },
): Promise<string> {
  const { by: sender, label } = request;
  issue.labels = issue.labels.filter((each) => each !== label);
  issue.updatedAt = github.now();
  return await deliver(github, repo, issueEvent(github, repo, issue, { action: "unlabeled", sender, label }));
}

export interface IssueChange {
  readonly by: Account;
  readonly title?: string | undefined;
  readonly body?: string | null | undefined;
  readonly state?: Issue["state"] | undefined;
  readonly state_reason?: Issue["stateReason"] | undefined;
}

export function updateIssue(github: GitHubState, issue: Issue, change: IssueChange): void {
  issue.title = change.title ?? issue.title;
  if (change.body !== undefined) issue.body = change.body;
  issue.updatedAt = github.now();
  if (change.state === undefined || change.state === issue.state) return;
  const closes = change.state === "closed";
  issue.state = change.state;
  issue.stateReason = change.state_reason ?? (closes ? "completed" : "reopened");
  issue.closedAt = closes ? issue.updatedAt : null;
  issue.closedBy = closes ? change.by : null;
}

const colors = ["1d76db", "0e8a16", "d93f0b", "5319e7", "b60205", "006b75", "fbca04", "0052cc"];

function labelNamed(github: GitHubState, repo: StoredRepository, name: string): Label {
  const known = repo.labels.get(name.toLowerCase());
  if (known !== undefined) return known;
  const color = colors[repo.labels.size % colors.length] ?? "ededed";
  const label = { id: github.nextId(), name, color, description: "" };
  repo.labels.set(name.toLowerCase(), label);
  return label;
}
