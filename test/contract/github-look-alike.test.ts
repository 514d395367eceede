import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { Webhooks } from "@octokit/webhooks";
import { expect, test } from "vitest";
import { type GitHubLookAlike, type StartOptions, startGitHub } from "../../src/playground/github/start-github.ts";
import { githubExamples } from "../support/github-examples.ts";
import { webhookReceiver } from "../support/webhook-receiver.ts";

const shop = { owner: "acme", repo: "shop" };
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function appOctokit({ app, apiUrl }: GitHubLookAlike, auth: object = {}): Octokit {
  return new Octokit({
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey: app.privateKey, ...auth },
    baseUrl: apiUrl,
    log: quiet,
  });
}

/** A GitHub with one repository, two people and an issue, and an Octokit that works as the App there. */
async function arrange(options: StartOptions = {}) {
  const stack = new AsyncDisposableStack();
  const github = stack.use(await startGitHub(options));
  const repo = await github.addRepository({
    owner: "acme",
    name: "shop",
    files: { "README.md": "# Shop\n", "src/cart.js": "one\ntwo\n", "run.sh": "#!/bin/sh\necho hi\n" },
  });
  const mona = github.addUser("mona");
  github.setPermission(repo, "mona", "write");
  const { number: issue } = await github.openIssue(repo, { by: "mona", title: "Total is wrong", body: "See **cart**" });
  const octokit = appOctokit(github, { installationId: repo.installationId });
  const dir = await mkdtemp(join(tmpdir(), "look-alike-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return { github, repo, mona, issue, octokit, dir, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type World = Awaited<ReturnType<typeof arrange>>;

/** A branch with one commit, pushed by a person. */
async function pushBranch({ github, repo }: World, branch: string, text = "one\nthree\n"): Promise<string> {
  return await github.commit(repo, { branch, message: "Change the cart", files: { "src/cart.js": text }, by: "mona" });
}

async function token({ github, repo }: World, permissions?: Record<string, string>): Promise<string> {
  const { data } = await appOctokit(github).rest.apps.createInstallationAccessToken({
    installation_id: repo.installationId,
    ...(permissions === undefined ? {} : { permissions }),
  });
  return data.token;
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=Robot", "-c", "user.email=robot@example.com"];
  const env = { PATH: process.env["PATH"], GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null", HOME: cwd };
  const { stdout } = await promisify(execFile)("git", [...identity, ...args], { cwd, env });
  return stdout.trim();
}

function remote({ github }: World, secret: string): string {
  return `${github.url.replace("http://", `http://x-access-token:${secret}@`)}/acme/shop.git`;
}

const refusal = (status: number, message: string) => ({ status, response: { data: { message } } });

test("an App signs in with its key and sees itself and its installations", async () => {
  await using world = await arrange();
  const { github, repo } = world;
  const octokit = appOctokit(github);
  const { data: app } = await octokit.rest.apps.getAuthenticated();
  const { data: installations } = await octokit.rest.apps.listInstallations();
  const { data: installation } = await octokit.rest.apps.getRepoInstallation(shop);
  expect(app).toMatchObject({
    id: github.app.id,
    slug: "nightshift",
    permissions: { contents: "write", issues: "write", pull_requests: "write", metadata: "read" },
    events: ["issues", "issue_comment", "push"],
  });
  expect(installations.map((each) => each.id)).toEqual([repo.installationId]);
  expect(installation.account).toMatchObject({ login: "acme" });
});

test("a key that is not the App's is refused", async () => {
  await using world = await arrange();
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const stranger = appOctokit(world.github, { privateKey });
  await expect(stranger.rest.apps.getAuthenticated()).rejects.toMatchObject(
    refusal(401, "A JSON web token could not be decoded"),
  );
});

test("a token is good for what it was asked for, and the refusal names what is missing", async () => {
  await using world = await arrange({ permissions: { issues: "write", metadata: "read" } });
  const octokit = new Octokit({
    auth: await token(world, { issues: "read" }),
    baseUrl: world.github.apiUrl,
    log: quiet,
  });
  const { data } = await octokit.rest.issues.get({ ...shop, issue_number: world.issue });
  expect(data).toMatchObject({ number: 1, title: "Total is wrong", state: "open", user: { login: "mona" } });
  const comment = octokit.rest.issues.createComment({ ...shop, issue_number: 1, body: "x" });
  await expect(comment).rejects.toMatchObject({
    ...refusal(403, "Resource not accessible by integration"),
    response: { headers: { "x-accepted-github-permissions": "issues=write; pull_requests=write" } },
  });
  await expect(token(world, { checks: "write" })).rejects.toMatchObject(
    refusal(422, "The permissions requested are not granted to this installation."),
  );
});

test("a token that is out of date or made up is refused", async () => {
  let now = new Date();
  await using world = await arrange({ now: () => now });
  const { github } = world;
  const secret = await token(world);
  const octokit = new Octokit({ auth: secret, baseUrl: github.apiUrl, log: quiet });
  expect((await octokit.rest.repos.get(shop)).data.full_name).toBe("acme/shop");
  now = new Date(now.getTime() + 61 * 60_000);
  await expect(octokit.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Bad credentials"));
  const madeUp = new Octokit({ auth: "ghs_made_up", baseUrl: github.apiUrl, log: quiet });
  await expect(madeUp.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Bad credentials"));
  const nobody = new Octokit({ baseUrl: github.apiUrl, log: quiet });
  await expect(nobody.rest.repos.get(shop)).rejects.toMatchObject(refusal(401, "Requires authentication"));
});

test("a repository without the App is not there for it", async () => {
  await using world = await arrange();
  const { github, octokit } = world;
  await github.addRepository({ owner: "acme", name: "secret", files: { a: "b" }, installed: false });
  for (const repo of ["secret", "missing"]) {
    await expect(octokit.rest.repos.get({ owner: "acme", repo })).rejects.toMatchObject(refusal(404, "Not Found"));
  }
  const { data } = await octokit.rest.apps.listReposAccessibleToInstallation();
  expect(data.repositories.map((repo) => repo.full_name)).toEqual(["acme/shop"]);
});

test("files are read as JSON, as they are, and as a folder", async () => {
  await using world = await arrange();
  const { octokit } = world;
  await pushBranch(world, "topic");
  const { data: file } = await octokit.rest.repos.getContent({ ...shop, path: "src/cart.js" });
  const { data: onBranch } = await octokit.rest.repos.getContent({
    ...shop,
    path: "src/cart.js",
    ref: "topic",
    mediaType: { format: "raw" },
  });
  const { data: root } = await octokit.rest.repos.getContent({ ...shop, path: "" });
  expect(file).toMatchObject({ type: "file", encoding: "base64", size: 8, content: "b25lCnR3bwo=\n" });
  expect(onBranch).toBe("one\nthree\n");
  expect(Array.isArray(root) && root.map((each) => [each.type, each.path])).toEqual([
    ["file", "README.md"],
    ["file", "run.sh"],
    ["dir", "src"],
  ]);
  await expect(octokit.rest.repos.getContent({ ...shop, path: "nope" })).rejects.toMatchObject(
    refusal(404, "Not Found"),
  );
});

test("people have the permission that was set, owners are admins, bots are nobody", async () => {
  await using world = await arrange();
  const { github, octokit, mona } = world;
  github.addUser("stranger");
  const permission = async (username: string) =>
    (await octokit.rest.repos.getCollaboratorPermissionLevel({ ...shop, username })).data.permission;
  expect(await permission("mona")).toBe("write");
  expect(await permission("MONA")).toBe("write");
  expect(await permission("acme")).toBe("admin");
  expect(await permission("stranger")).toBe("none");
  await expect(permission("nightshift[bot]")).rejects.toMatchObject(refusal(404, "nightshift[bot] is not a user"));
  expect((await octokit.rest.users.getByUsername({ username: "mona" })).data.id).toBe(mona.id);
});

test("git clones and pushes with a token, and the pull request follows the branch", async () => {
  await using world = await arrange();
  const { github, repo, octokit, dir } = world;
  const secret = await token(world);
  await git(dir, "clone", "--quiet", remote(world, secret), "work");
  const work = join(dir, "work");
  expect(await git(work, "ls-files", "--stage", "run.sh")).toContain("100755");
  await git(work, "switch", "--quiet", "-c", "fix/total");
  // Large and incompressible enough that git sends it in chunks.
  await writeFile(join(work, "big.txt"), Array.from({ length: 200_000 }, (_, n) => (n * 7919) % 1_000_003).join("\n"));
  await git(work, "add", ".");
  await git(work, "commit", "--quiet", "-m", "Big");
  await git(work, "push", "--quiet", "origin", "HEAD");
  const first = await git(work, "rev-parse", "HEAD");
  const { data: pull } = await octokit.rest.pulls.create({ ...shop, title: "Fix", head: "fix/total", base: "main" });
  expect(pull).toMatchObject({ number: 2, commits: 1, changed_files: 1, mergeable: true, head: { sha: first } });

  await git(work, "commit", "--quiet", "--allow-empty", "-m", "More");
  await git(work, "push", "--quiet", "origin", "HEAD");
  const second = await git(work, "rev-parse", "HEAD");
  expect((await octokit.rest.pulls.get({ ...shop, pull_number: 2 })).data.head.sha).toBe(second);
  expect((await octokit.rest.git.getRef({ ...shop, ref: "heads/fix/total" })).data.object.sha).toBe(second);
  expect(await github.refs(repo)).toMatchObject({ "refs/heads/fix/total": second });
});

test("git is refused without a token, and a push without contents: write", async () => {
  await using world = await arrange();
  const { dir, github, repo } = world;
  const anonymous = `${github.url}/acme/shop.git`;
  await expect(git(dir, "clone", anonymous, "nope")).rejects.toThrow(/could not read Username/);
  await expect(git(dir, "clone", remote(world, "ghs_made_up"), "nope")).rejects.toThrow(/Authentication failed/);

  const reads = remote(world, await token(world, { contents: "read" }));
  await git(dir, "clone", "--quiet", reads, "work");
  const push = git(join(dir, "work"), "push", "origin", "HEAD:refs/heads/topic");
  await expect(push).rejects.toThrow(/403/);
  expect(Object.keys(await github.refs(repo))).toEqual(["refs/heads/main"]);
});

test("a pull request is refused with GitHub's words", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic");
  await github.commit(repo, { branch: "same", message: "x", files: { "README.md": "x" } });
  await github.commit(repo, { message: "x", files: { "README.md": "x" } });
  const open = (head: string, base = "main") => octokit.rest.pulls.create({ ...shop, title: "Fix", head, base });
  await open("topic");
  const errors = async (attempt: Promise<unknown>) =>
    await attempt.then(
      () => "accepted",
      (error) => ({ status: error.status, message: error.response.data.message, errors: error.response.data.errors }),
    );
  const failed = (...list: object[]) => ({ status: 422, message: "Validation Failed", errors: list });
  expect(await errors(open("acme:topic"))).toEqual(
    failed({ resource: "PullRequest", code: "custom", message: "A pull request already exists for acme:topic." }),
  );
  expect(await errors(open("missing"))).toEqual(failed({ resource: "PullRequest", field: "head", code: "invalid" }));
  expect(await errors(open("topic", "gone"))).toEqual(
    failed({ resource: "PullRequest", field: "base", code: "invalid" }),
  );
  expect(await errors(open("main"))).toEqual(
    failed({ resource: "PullRequest", code: "custom", message: "No commits between main and main" }),
  );
});

test("of two pull requests for one branch at once, one is opened", async () => {
  await using world = await arrange();
  await pushBranch(world, "topic");
  const open = () => world.octokit.rest.pulls.create({ ...shop, title: "Fix", head: "topic", base: "main" });
  const results = await Promise.allSettled([open(), open(), open()]);
  expect(results.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
});

test("pull requests are found by their branch, changed, and turned into drafts and back by GraphQL only", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic");
  await pushBranch(world, "other");
  await octokit.rest.pulls.create({ ...shop, title: "Other", head: "other", base: "main" });
  const { data: pull } = await octokit.rest.pulls.create({
    ...shop,
    title: "Fix",
    head: "topic",
    base: "main",
    draft: true,
  });
  const { data: found } = await octokit.rest.pulls.list({ ...shop, head: "acme:topic", state: "open" });
  expect(found.map((each) => [each.number, each.draft])).toEqual([[pull.number, true]]);

  const update = { ...shop, pull_number: pull.number, title: "Better", body: "Words", draft: false };
  expect((await octokit.rest.pulls.update(update)).data).toMatchObject({ title: "Better", body: "Words", draft: true });
  const ready = await octokit.graphql(
    "mutation ($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }",
    { id: pull.node_id },
  );
  expect(ready).toMatchObject({ markPullRequestReadyForReview: { pullRequest: { isDraft: false } } });
  await octokit.graphql(
    `mutation { convertPullRequestToDraft(input: { pullRequestId: "${pull.node_id}" }) { pullRequest { id } } }`,
  );
  expect((await github.pullRequests(repo))[1]).toMatchObject({ number: pull.number, draft: true, title: "Better" });
});

test("a pull request shows its files and commits, and can be merged by a person", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  const head = await pushBranch(world, "topic");
  await octokit.rest.pulls.create({ ...shop, title: "Fix", head: "topic", base: "main" });
  const { data: files } = await octokit.rest.pulls.listFiles({ ...shop, pull_number: 2 });
  const { data: commits } = await octokit.rest.pulls.listCommits({ ...shop, pull_number: 2 });
  const { data: range } = await octokit.rest.repos.compareCommitsWithBasehead({ ...shop, basehead: "main...topic" });
  expect(files).toMatchObject([
    {
      filename: "src/cart.js",
      status: "modified",
      additions: 1,
      deletions: 1,
      patch: "@@ -1,2 +1,2 @@\n one\n-two\n+three",
    },
  ]);
  expect(commits.map((each) => [each.sha, each.commit.message, each.author?.login])).toEqual([
    [head, "Change the cart", "mona"],
  ]);
  expect(range).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0 });

  const merged = await github.mergePullRequest(repo, 2, "mona");
  expect(await github.refs(repo)).toMatchObject({ "refs/heads/main": merged });
  expect((await octokit.rest.pulls.get({ ...shop, pull_number: 2 })).data).toMatchObject({
    merged: true,
    state: "closed",
    merge_commit_sha: merged,
    merged_by: { login: "mona" },
  });
});

test("comments are listed page by page, edited, and reacted to once", async () => {
  await using world = await arrange();
  const { github, octokit, repo, issue } = world;
  const on = { ...shop, issue_number: issue };
  for (let n = 1; n <= 35; n += 1) await github.addComment(repo, issue, `Comment ${n}`, "mona");
  const { data: ours } = await octokit.rest.issues.createComment({ ...on, body: "Working on it" });
  await octokit.rest.issues.updateComment({ ...shop, comment_id: ours.id, body: "Done" });
  const all = await octokit.paginate(octokit.rest.issues.listComments, on);
  expect(all).toHaveLength(36);
  expect(all.at(-1)).toMatchObject({ id: ours.id, body: "Done", user: { login: "nightshift[bot]", type: "Bot" } });
  expect(github.requests().filter(({ path, method }) => method === "GET" && path.endsWith("/comments"))).toHaveLength(
    2,
  );

  const react = async () => (await octokit.rest.reactions.createForIssue({ ...on, content: "eyes" })).status;
  expect([await react(), await react()]).toEqual([201, 200]);
  expect(github.reactions(repo, issue)).toEqual([{ by: "nightshift[bot]", content: "eyes" }]);
  const long = octokit.rest.issues.createComment({ ...on, body: "x".repeat(65_537) });
  await expect(long).rejects.toMatchObject(refusal(422, "Validation Failed"));
});

test("check runs and statuses belong to a commit", async () => {
  const permissions = { contents: "write", checks: "write", statuses: "read", metadata: "read" } as const;
  await using world = await arrange({ permissions });
  const { github, octokit, repo } = world;
  const sha = await pushBranch(world, "topic");
  github.addCheck(repo, { name: "CI", sha, conclusion: "failure" });
  github.addStatus(repo, sha, { context: "deploy", state: "success" }, "mona");
  await octokit.rest.checks.create({ ...shop, name: "review", head_sha: sha, status: "in_progress" });
  const { data: checks } = await octokit.rest.checks.listForRef({ ...shop, ref: "topic" });
  expect(checks.check_runs.map((run) => [run.name, run.status, run.conclusion])).toEqual([
    ["CI", "completed", "failure"],
    ["review", "in_progress", null],
  ]);
  const { data: status } = await octokit.rest.repos.getCombinedStatusForRef({ ...shop, ref: sha });
  expect([status.state, status.statuses.map((each) => each.context)]).toEqual(["success", ["deploy"]]);
});

test("a label is told to the App with GitHub's headers, a good signature and the documented payload", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue, mona } = world;
  github.setWebhookUrl(hook.url);
  const id = await github.addLabel(repo, issue, "ready-for-robot", "mona");
  const [delivery] = hook.received;
  expect(hook.received).toHaveLength(1);
  expect(delivery?.headers).toMatchObject({
    "content-type": "application/json",
    "x-github-event": "issues",
    "x-github-delivery": id,
    "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
  });
  const webhooks = new Webhooks({ secret: github.app.webhookSecret });
  expect(await webhooks.verify(delivery?.body ?? "", String(delivery?.headers["x-hub-signature-256"]))).toBe(true);
  const payload = JSON.parse(delivery?.body ?? "");
  expect(payload).toMatchObject({
    action: "labeled",
    label: { name: "ready-for-robot" },
    issue: { number: issue, title: "Total is wrong", body: "See **cart**", labels: [{ name: "ready-for-robot" }] },
    repository: { full_name: "acme/shop", default_branch: "main" },
    installation: { id: repo.installationId },
    sender: { login: "mona", id: mona.id },
  });
  const example = githubExamples().find(
    (each) => each.from === "api.github.com" && each.event === "issues" && each.payload["action"] === "labeled",
  )?.payload;
  expect(example).toBeDefined();
  for (const part of ["issue", "label", "repository", "sender"]) {
    const missing = Object.keys(Object(example?.[part])).filter((key) => !(key in payload[part]) && key !== "draft");
    expect(missing, part).toEqual([]);
    expect(Object.keys(payload[part]).length, part).toBeGreaterThan(5);
  }
  expect(github.deliveries()).toEqual([{ id, event: "issues", action: "labeled", statusCode: 202, redelivery: false }]);
});

test("a push and a merge are told to the App, each with the branch, where it was and where it is", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, mona, octokit } = world;
  const [main = "", topic] = [(await github.refs(repo))["refs/heads/main"], "topic"];
  github.setWebhookUrl(hook.url);
  const made = await github.commit(repo, { branch: topic, message: "Topic", files: { "t.txt": "t\n" }, by: "mona" });
  const moved = await github.commit(repo, { message: "More", files: { "m.txt": "m\n" }, by: "mona" });
  const { data: pull } = await octokit.rest.pulls.create({ ...shop, head: topic, base: "main", title: "Topic" });
  const merged = await github.mergePullRequest(repo, pull.number, "mona");

  const payloads = hook.received
    .filter(({ headers }) => headers["x-github-event"] === "push")
    .map(({ body }) => JSON.parse(body));
  const zeros = "0".repeat(40);
  expect(payloads).toMatchObject([
    { ref: "refs/heads/topic", before: zeros, after: made, created: true, commits: [{ id: made }] },
    { ref: "refs/heads/main", before: main, after: moved, created: false, head_commit: { id: moved, message: "More" } },
    { ref: "refs/heads/main", before: moved, after: merged, commits: [{ id: made }, { id: merged }] },
  ]);
  expect(payloads[1]).toMatchObject({
    deleted: false,
    repository: { full_name: "acme/shop", default_branch: "main" },
    installation: { id: repo.installationId },
    sender: { login: "mona", id: mona.id },
  });
});

test("a failed delivery is not tried again by itself, but is listed and can be redelivered under the same id", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue } = world;
  const octokit = appOctokit(github);
  github.setWebhookUrl(hook.url);
  hook.answer.status = 500;
  const id = await github.addLabel(repo, issue, "ready-for-robot", "mona");
  const { data: failed } = await octokit.rest.apps.listWebhookDeliveries({ status: "failure" });
  expect(failed).toMatchObject([{ guid: id, status_code: 500, event: "issues", action: "labeled", redelivery: false }]);
  expect(hook.received).toHaveLength(1);

  hook.answer.status = 202;
  await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: Number(failed[0]?.id) });
  const answered = await github.until(() => github.deliveries().find((each) => each.statusCode === 202));
  expect(answered).toEqual({ id, event: "issues", action: "labeled", statusCode: 202, redelivery: true });
  expect(hook.received.map((each) => each.headers["x-github-delivery"])).toEqual([id, id]);
  expect(hook.received[1]?.body).toBe(hook.received[0]?.body);
});

test("an App that cannot be reached is a delivery that failed", async () => {
  await using world = await arrange({ webhookUrl: "http://127.0.0.1:9/nobody-listens" });
  expect(world.github.deliveries()).toMatchObject([{ action: "opened", statusCode: 502 }]);
});

test("deliveries come late, out of order and twice on request", async () => {
  await using world = await arrange();
  await using hook = await webhookReceiver();
  const { github, repo, issue } = world;
  github.setWebhookUrl(hook.url);
  github.holdDeliveries();
  const first = await github.addLabel(repo, issue, "one", "mona");
  const second = await github.addLabel(repo, issue, "two", "mona");
  expect(hook.received).toEqual([]);
  await github.releaseDeliveries("reversed");
  github.duplicateDeliveries(1);
  const third = await github.addLabel(repo, issue, "three", "mona");
  const ids = hook.received.map((each) => each.headers["x-github-delivery"]);
  expect(ids).toEqual([second, first, third, third]);
});

test("requests go wrong on request, and only as often as asked", async () => {
  await using world = await arrange();
  const { github, octokit, repo, issue } = world;
  const comment = () => octokit.rest.issues.createComment({ ...shop, issue_number: issue, body: "Hello" });
  const at = { method: "POST", path: /\/comments$/ };
  github.fault({ ...at, answer: { type: "secondary_rate_limit", retryAfterSeconds: 7 } });
  await expect(comment()).rejects.toMatchObject({
    status: 403,
    message: expect.stringMatching(/secondary rate limit/),
    response: { headers: { "retry-after": "7" } },
  });
  github.fault({ ...at, times: 2, answer: { type: "status", status: 502 } });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  expect(github.comments(repo, issue)).toEqual([]);
  github.fault({ ...at, answer: { type: "status", status: 502, afterEffect: true } });
  await expect(comment()).rejects.toMatchObject({ status: 502 });
  expect(github.comments(repo, issue)).toHaveLength(1);
  github.fault({ ...at, answer: { type: "disconnect" } });
  await expect(comment()).rejects.toMatchObject({
    status: 500,
    message: expect.stringMatching(/other side closed|ECONNRESET|fetch failed/),
  });
  expect((await comment()).status).toBe(201);
});

test("what the look-alike does not have says so", async () => {
  await using world = await arrange();
  await expect(world.octokit.rest.repos.listTags(shop)).rejects.toMatchObject(
    refusal(501, "The look-alike has no GET /repos/acme/shop/tags. Add it in src/playground/github/rest."),
  );
  expect(world.github.requests().at(-1)).toEqual({
    method: "GET",
    path: "/repos/acme/shop/tags",
    as: `installation ${world.repo.installationId}`,
    status: 501,
  });
});

test("the pages show what was written, and run nothing of it", async () => {
  await using world = await arrange();
  const { github, octokit, repo } = world;
  await pushBranch(world, "topic", "one\n<b>three</b>\n");
  const body = `> [!WARNING]\n> Not **isolated**.\n\n<!-- unseen -->\n<script>alert(1)</script>\n\n<details><summary>More</summary>\n\n| a |\n|---|\n| b |\n\n</details>\n\n[x](javascript:alert(1)) end <!-- unseen too -->`;
  await octokit.rest.pulls.create({ ...shop, title: "Fix <i>it</i>", head: "topic", base: "main", body });
  const page = async (path: string) => {
    const response = await fetch(`${github.url}${path}`);
    return {
      status: response.status,
      text: await response.text(),
      policy: response.headers.get("content-security-policy"),
    };
  };
  const pull = await page("/acme/shop/pull/2");
  expect(pull.policy).toMatch(/default-src 'none'/);
  expect(pull.text).toContain("Fix &lt;i&gt;it&lt;/i&gt;");
  expect(pull.text).toContain('<div class="alert alert-warning">');
  expect(pull.text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(pull.text).toMatch(/<details>\s*<summary>More<\/summary>/);
  expect(pull.text).toContain("<td>b</td>");
  expect(pull.text).not.toMatch(/unseen|<script|href="javascript/);
  expect((await page("/acme/shop/pull/2/files")).text).toContain("+&lt;b&gt;three&lt;/b&gt;");
  expect((await page("/acme/shop/issues/1")).text).toContain("See <strong>cart</strong>");
  expect((await page("/acme/shop")).text).toContain("/acme/shop/pull/2");
  expect((await page("/")).text).toContain("/acme/shop");
  const head = (await github.refs(repo))["refs/heads/topic"];
  expect((await page(`/acme/shop/commit/${head}`)).text).toContain("Change the cart");
  expect((await page("/acme/nothing")).status).toBe(404);
});
