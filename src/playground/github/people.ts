import { join } from "node:path";
import { NightshiftError } from "../../domain/errors.ts";
import { addComment } from "./acts/comment-acts.ts";
import { addIssueLabels, createIssue, removeIssueLabel, updateIssue } from "./acts/issue-acts.ts";
import { mergePull } from "./acts/pull-acts.ts";
import { theIssue, theRepository } from "./find-repository.ts";
import { commitFiles } from "./git/commit-files.ts";
import { createRepository } from "./git/create-repository.ts";
import { branchHead } from "./git/resolve-commit.ts";
import { storeLfsObject } from "./git/serve-lfs.ts";
import type { AddRepository, CommitRequest, GitHubLookAlike } from "./github-look-alike.ts";
import type { Account, GitHubState, Installation, StoredRepository } from "./github-state.ts";
import { storeCheck } from "./rest/check-routes.ts";
import { issueUrl } from "./shapes/issue.ts";
import { commentView, deliveryView } from "./views.ts";
import { deliver, redeliver, releaseDeliveries } from "./webhooks/deliver.ts";
import { pushEvent } from "./webhooks/push-event.ts";

type Acts =
  | "setWebhookUrl"
  | "setAppPermissions"
  | "expireTokens"
  | "addUser"
  | "addRepository"
  | "setPermission"
  | "commit"
  | "storeLfs"
  | "openIssue"
  | "addLabel"
  | "removeLabel"
  | "addComment"
  | "closeIssue"
  | "mergePullRequest"
  | "addCheck"
  | "addStatus"
  | "redeliver"
  | "holdDeliveries"
  | "releaseDeliveries"
  | "duplicateDeliveries"
  | "fault";

/** What people, and tests, do to it. */
export function people(github: GitHubState): Pick<GitHubLookAlike, Acts> {
  return {
    setWebhookUrl(url) {
      github.webhookUrl = url;
    },
    setAppPermissions(permissions) {
      github.app.permissions = permissions;
    },
    expireTokens() {
      for (const token of github.tokens.values()) token.expiresAt = new Date(0);
    },
    addUser(login) {
      const { id } = account(github, login);
      return { login, id };
    },
    async addRepository(request) {
      const repo = await addRepository(github, request);
      return { owner: request.owner, name: request.name, installationId: repo.installation?.id ?? notInstalled };
    },
    setPermission(repo, login, permission) {
      theRepository(github, repo).permissions.set(known(github, login).login.toLowerCase(), permission);
    },
    async commit(repo, request) {
      const stored = theRepository(github, repo);
      const branch = request.branch ?? stored.defaultBranch;
      const before = await branchHead(stored.path, branch);
      const after = await commit(github, stored, request);
      const by = request.by === undefined ? stored.owner : known(github, request.by);
      await deliver(github, stored, await pushEvent(github, stored, { branch, before, after, by }));
      return after;
    },
    storeLfs: (repo, content) => storeLfsObject(theRepository(github, repo), content),
    async openIssue(repo, { by, title, body, labels = [] }) {
      const stored = theRepository(github, repo);
      const { issue, delivered } = createIssue(github, stored, { by: known(github, by), title, body, labels });
      await delivered;
      return { number: issue.number, url: issueUrl(github, stored, issue) };
    },
    async addLabel(repo, number, label, by) {
      const stored = theRepository(github, repo);
      const issue = theIssue(stored, number);
      const [id] = await addIssueLabels(github, stored, issue, { by: known(github, by), names: [label] });
      if (id !== undefined) return id;
      throw new NightshiftError("bad_input", `#${number} has the label ${label} already: remove it first.`);
    },
    async removeLabel(repo, number, name, by) {
      const stored = theRepository(github, repo);
      const issue = theIssue(stored, number);
      const label = issue.labels.find((each) => each.name === name);
      if (label === undefined) throw new NightshiftError("bad_input", `#${number} has no label ${name}.`);
      return await removeIssueLabel(github, stored, issue, { by: known(github, by), label });
    },
    async addComment(repo, number, body, by) {
      const stored = theRepository(github, repo);
      const issue = theIssue(stored, number);
      const { comment, delivered } = addComment(github, stored, issue, { by: known(github, by), body });
      await delivered;
      return commentView(github, stored, issue, comment);
    },
    closeIssue(repo, number, by) {
      updateIssue(github, theIssue(theRepository(github, repo), number), { by: known(github, by), state: "closed" });
    },
    async mergePullRequest(repo, number, by) {
      const stored = theRepository(github, repo);
      const issue = theIssue(stored, number);
      if (issue.pull === undefined) throw new NightshiftError("bad_input", `#${number} is not a pull request.`);
      const merger = known(github, by);
      const after = await mergePull(github, stored, { issue, pull: issue.pull }, merger);
      const { base: branch, baseSha: before } = issue.pull;
      await deliver(github, stored, await pushEvent(github, stored, { branch, before, after, by: merger }));
      return after;
    },
    addCheck(repo, { name, sha, conclusion, title = null, summary = null }) {
      const run = storeCheck(github, theRepository(github, repo), { name, sha });
      run.output = { title, summary, text: null };
      if (conclusion === undefined) return;
      run.status = "completed";
      run.conclusion = conclusion;
      run.completedAt = github.now();
    },
    addStatus(repo, sha, { context, state }, by) {
      const common = { id: github.nextId(), sha, description: null, targetUrl: null, createdAt: github.now() };
      theRepository(github, repo).statuses.push({ ...common, context, state, by: known(github, by) });
    },
    redeliver: async (id) => deliveryView(await redeliver(github, id)),
    holdDeliveries() {
      github.held ??= [];
    },
    releaseDeliveries: async (order = "as_made") => await releaseDeliveries(github, order),
    duplicateDeliveries(times) {
      github.duplicates += times;
    },
    fault({ method, path, times = 1, answer }) {
      github.faults.push({ method: method.toUpperCase(), path, times, answer });
    },
  };
}

/** Stands where GitHub has no number, so that a call through it is refused. */
const notInstalled = Number.MAX_SAFE_INTEGER;

function account(github: GitHubState, login: string): Account {
  const found = github.accounts.get(login.toLowerCase());
  if (found !== undefined) return found;
  const added: Account = { id: github.nextId(), login, type: "User" };
  github.accounts.set(login.toLowerCase(), added);
  return added;
}

function known(github: GitHubState, login: string): Account {
  const found = github.accounts.get(login.toLowerCase());
  if (found !== undefined) return found;
  throw new NightshiftError("bad_input", `There is no account ${login}: add it first.`);
}

async function addRepository(github: GitHubState, request: AddRepository): Promise<StoredRepository> {
  const { name, defaultBranch = "main", commits = [] } = request;
  const owner = account(github, request.owner);
  const path = join(github.dir, request.owner, `${name}.git`);
  const repo: StoredRepository = {
    id: github.nextId(),
    owner,
    name,
    defaultBranch,
    path,
    installation: request.installed === false ? undefined : installationOf(github, owner),
    createdAt: github.now(),
    permissions: new Map(),
    labels: new Map(),
    issues: new Map(),
    checkRuns: [],
    statuses: [],
  };
  await createRepository(path, defaultBranch);
  github.repositories.set(`${request.owner}/${name}`.toLowerCase(), repo);
  await commit(github, repo, { message: "Initial commit", files: request.files });
  for (const each of commits) await commit(github, repo, each);
  return repo;
}

function installationOf(github: GitHubState, owner: Account): Installation {
  const found = [...github.installations.values()].find((each) => each.account.id === owner.id);
  if (found !== undefined) return found;
  const installation = { id: github.nextId(), account: owner, createdAt: github.now() };
  github.installations.set(installation.id, installation);
  return installation;
}

async function commit(github: GitHubState, repo: StoredRepository, request: CommitRequest): Promise<string> {
  const { branch = repo.defaultBranch, message, files } = request;
  const by = request.by === undefined ? repo.owner : known(github, request.by);
  const host = new URL(github.url).hostname;
  return await commitFiles(repo.path, {
    branch,
    from: branch === repo.defaultBranch ? undefined : repo.defaultBranch,
    message,
    files,
    author: { name: by.login, email: `${by.id}+${by.login}@users.noreply.${host}` },
    date: github.now(),
  });
}
