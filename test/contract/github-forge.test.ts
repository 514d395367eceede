import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { githubForge } from "../../src/forge/github-forge.ts";
import { type GitHubLookAlike, type StartOptions, startGitHub } from "../../src/playground/github/start-github.ts";

const { signal } = new AbortController();

/** A GitHub with one repository and an issue, and the forge that talks to it. */
async function arrange(options: StartOptions & { readonly installed?: boolean } = {}) {
  const stack = new AsyncDisposableStack();
  const github = stack.use(await startGitHub(options));
  const dataDir = await mkdtemp(join(tmpdir(), "nightshift-forge-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const repo = await github.addRepository({
    owner: "acme",
    name: "shop",
    files: {
      "cart.js": "export const total = 0;\n",
      ".github/nightshift.yml": "test: npm test\n",
      "läden/é.txt": "é\n",
    },
    installed: options.installed ?? true,
  });
  const ada = github.addUser("ada");
  github.setPermission(repo, "ada", "write");
  const { number: issue } = await github.openIssue(repo, { by: "ada", title: "Total is wrong", body: "" });
  const told: string[] = [];
  const forge = githubForge({ ...connection(github), dataDir, log: (message) => told.push(message) });
  return { github, repo, ada, issue, forge, dataDir, told, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function connection({ app, apiUrl, url }: GitHubLookAlike) {
  return { appId: app.id, privateKey: app.privateKey, apiUrl, webUrl: url, secondMs: 1 };
}

type Arranged = Awaited<ReturnType<typeof arrange>>;

/** A branch with a commit on it, and what to ask for. */
async function branchFor({ github, repo }: Arranged, branch = "fix/1-total") {
  await github.commit(repo, { branch, message: "Fix", files: { "cart.js": "fixed\n" }, by: "ada" });
  return { repo, branch, base: "main", title: "Fix the total", body: "Closes #1", draft: true };
}

const asked = ({ github }: Arranged, method: string, path: RegExp) =>
  github.requests().filter((request) => request.method === method && path.test(request.path)).length;

test("people have the permission that GitHub says, and strangers none", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  for (const login of ["reader", "boss"]) github.addUser(login);
  github.setPermission(repo, "reader", "read");
  github.addUser("keeper");
  github.setPermission(repo, "keeper", "maintain");
  github.setPermission(repo, "boss", "admin");
  expect(await forge.permission(repo, "ada")).toBe("write");
  expect(await forge.permission(repo, "reader")).toBe("read");
  expect(await forge.permission(repo, "boss")).toBe("admin");
  expect(await forge.permission(repo, "keeper")).toBe("maintain");
  expect(await forge.permission(repo, "nobody-knows-me")).toBe("none");
});

test("a file is read from the default branch", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  await github.commit(repo, { branch: "topic", message: "x", files: { "cart.js": "on a branch\n" }, by: "ada" });
  expect(await forge.readFile(repo, "cart.js")).toBe("export const total = 0;\n");
  expect(await forge.readFile(repo, ".github/nightshift.yml")).toBe("test: npm test\n");
  expect(await forge.readFile(repo, "läden/é.txt")).toBe("é\n");
  expect(await forge.readFile(repo, "missing.txt")).toBeUndefined();
  await expect(forge.readFile(repo, ".github")).rejects.toMatchObject({
    code: "bad_input",
    message: "Cannot read .github of acme/shop: it is a folder. A plain text file is expected.",
  });
});

test("a reaction is there once, however often it is asked for", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await forge.ensureReaction(repo, issue, "eyes");
  await forge.ensureReaction(repo, issue, "eyes");
  expect(github.reactions(repo, issue)).toEqual([{ by: "nightshift[bot]", content: "eyes" }]);
});

test("a reaction to a comment is there once, however often it is asked for", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  github.addUser("ada");
  const { id } = await github.addComment(repo, issue, "/robot budget 10", "ada");
  await forge.ensureCommentReaction(repo, id, "+1");
  await forge.ensureCommentReaction(repo, id, "+1");
  expect(github.comments(repo, issue).map(({ reactions }) => reactions)).toEqual([["+1"]]);
});

test("one comment per marker is edited from then on, and only when it changes", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  const first = await forge.ensureComment(repo, issue, "progress", "Working");
  const second = await forge.ensureComment(repo, issue, "progress", "Done");
  const third = await forge.ensureComment(repo, issue, "progress", "Done");
  await forge.ensureComment(repo, issue, "question", "Which?");

  expect([second, third]).toEqual([first, first]);
  expect(github.comments(repo, issue).map(({ by, body, url }) => ({ by, body, url }))).toEqual([
    { by: "nightshift[bot]", body: "Done\n\n<!-- nightshift:progress -->", url: first.url },
    { by: "nightshift[bot]", body: "Which?\n\n<!-- nightshift:question -->", url: expect.any(String) },
  ]);
  expect(asked(world, "PATCH", /comments/)).toBe(1);
});

test("a comment of somebody else with the same marker is left alone", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await github.addComment(repo, issue, "Mine\n\n<!-- nightshift:progress -->", "ada");
  await forge.ensureComment(repo, issue, "progress", "Working");
  expect(github.comments(repo, issue).map(({ by }) => by)).toEqual(["ada", "nightshift[bot]"]);
});

test("our comment is found behind hundreds of others", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  for (let n = 0; n < 250; n += 1) await github.addComment(repo, issue, `Me too ${n}`, "ada");
  await forge.ensureComment(repo, issue, "progress", "Working");
  await forge.ensureComment(repo, issue, "progress", "Done");
  expect(github.comments(repo, issue)).toHaveLength(251);
});

test("a comment that is too long for GitHub is cut and keeps its marker", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  await forge.ensureComment(repo, issue, "progress", "x".repeat(70_000));
  const body = github.comments(repo, issue)[0]?.body ?? "";
  expect(body).toHaveLength(65_536);
  expect(body).toMatch(/\*\(Cut here: GitHub takes no more\.\)\*\n\n<!-- nightshift:progress -->$/);
});

test("a marker that could end the hidden text is refused", async () => {
  await using world = await arrange();
  await expect(world.forge.ensureComment(world.repo, world.issue, "x --> y", "")).rejects.toMatchObject({
    code: "bad_input",
  });
});

test("a comment whose answer was lost is not written twice", async () => {
  await using world = await arrange();
  const { forge, github, repo, issue } = world;
  github.fault({ method: "POST", path: /\/comments$/, answer: { type: "status", status: 502, afterEffect: true } });
  const { url } = await forge.ensureComment(repo, issue, "progress", "Working");
  expect(github.comments(repo, issue)).toMatchObject([{ url }]);
});

test("one check per name and commit follows the newest result, and is posted only when it changes", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const sha = await github.commit(repo, { message: "Fix", files: { "cart.js": "fixed\n" }, by: "ada" });
  const check = { repo, sha, name: "tests", title: "red", summary: "1 failed", conclusion: "failure" } as const;
  await forge.ensureCheck(check);
  await forge.ensureCheck({ ...check, conclusion: "success", title: "green" });
  await forge.ensureCheck({ ...check, conclusion: "success", title: "green" });

  expect(github.checks(repo, sha)).toEqual([
    { name: "tests", conclusion: "success", title: "green", summary: "1 failed" },
  ]);
  expect([asked(world, "POST", /\/check-runs$/), asked(world, "PATCH", /\/check-runs\//)]).toEqual([1, 1]);
});

test("a pull request is opened once and then kept as it is asked for", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const opened = await world.forge.ensurePullRequest(request);
  expect(opened).toEqual({ number: 2, url: `${world.github.url}/acme/shop/pull/2`, draft: true });
  expect(await world.forge.ensurePullRequest(request)).toEqual(opened);
  expect(asked(world, "PATCH", /pulls/)).toBe(0);

  const ready = await world.forge.ensurePullRequest({ ...request, title: "Fix it all", body: "New", draft: false });
  expect(ready).toEqual({ ...opened, draft: false });
  expect(await world.github.pullRequests(world.repo)).toMatchObject([
    { number: 2, title: "Fix it all", body: "New", draft: false, head: "fix/1-total", base: "main", state: "open" },
  ]);

  expect(await world.forge.ensurePullRequest(request)).toEqual(opened);
  expect(await world.github.pullRequests(world.repo)).toMatchObject([{ title: "Fix the total", draft: true }]);
});

test("two that open the same pull request at once get the same one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const other = githubForge({ ...connection(world.github), dataDir: world.dataDir });
  const [one, two] = await Promise.all([world.forge.ensurePullRequest(request), other.ensurePullRequest(request)]);
  expect(one).toEqual(two);
  expect(await world.github.pullRequests(world.repo)).toHaveLength(1);
});

test("a pull request whose answer was lost is found again", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  world.github.fault({ method: "POST", path: /\/pulls$/, answer: { type: "status", status: 502, afterEffect: true } });
  expect((await world.forge.ensurePullRequest(request)).number).toBe(2);
  expect(await world.github.pullRequests(world.repo)).toHaveLength(1);
});

test("a closed pull request is not reopened: the branch gets a new one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  const first = Number((await world.forge.ensurePullRequest(request)).number);
  world.github.closeIssue(world.repo, first, "ada");
  expect((await world.forge.ensurePullRequest(request)).number).toBe(first + 1);
});

test("a branch with nothing new is refused in GitHub's words", async () => {
  await using world = await arrange();
  const request = { ...(await branchFor(world)), branch: "main" };
  await expect(world.forge.ensurePullRequest(request)).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining("No commits between main and main"),
  });
});

test("our commits are by the App's bot account", async () => {
  await using world = await arrange();
  const { name, email } = await world.forge.committer(world.repo);
  expect(name).toBe("nightshift[bot]");
  expect(email).toMatch(/^\d+\+nightshift\[bot\]@users\.noreply\.127\.0\.0\.1$/);
});

test("a person's address carries the id, which survives a rename", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const at = (apiUrl: string, webUrl: string) =>
    githubForge({ appId: 1, privateKey, apiUrl, webUrl, dataDir: "/unused" });
  const ada = { login: "ada", id: 7 };
  expect(at("https://api.github.com", "https://github.com").emailOf(ada)).toBe("7+ada@users.noreply.github.com");
  expect(at("https://ghe.example/api/v3/", "https://ghe.example/").emailOf(ada)).toBe(
    "7+ada@users.noreply.ghe.example",
  );
});

test("a private key that cannot sign is refused at once, and one on a single line works", async () => {
  await using world = await arrange();
  const options = { ...connection(world.github), dataDir: world.dataDir };
  expect(() => githubForge({ ...options, privateKey: "-----BEGIN RSA PRIVATE KEY-----" })).toThrow(
    expect.objectContaining({ code: "bad_settings" }),
  );
  const oneLine = githubForge({ ...options, privateKey: options.privateKey.replaceAll("\n", "\\n") });
  expect(await oneLine.permission(world.repo, "ada")).toBe("write");
});

test("a lacking permission is named together with the way out", async () => {
  await using world = await arrange({ permissions: { contents: "read", issues: "read", metadata: "read" } });
  const { forge, github, repo, issue } = world;
  const settings = `${github.url}/settings/installations/${repo.installationId}`;
  await expect(forge.ensureComment(repo, issue, "progress", "x")).rejects.toMatchObject({
    code: "forge_refused",
    retryable: false,
    message: `Cannot comment on acme/shop#1: the App lacks "issues: write". Accept the new permissions at ${settings}`,
  });
  await expect(forge.ensurePullRequest(await branchFor(world))).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining('the App lacks "pull_requests: read"'),
  });
});

test("marking as ready without the permission says which one", async () => {
  await using world = await arrange();
  const request = await branchFor(world);
  await world.forge.ensurePullRequest(request);
  world.github.setAppPermissions({ contents: "write", issues: "write", pull_requests: "read", metadata: "read" });
  world.github.expireTokens();
  const fresh = githubForge({ ...connection(world.github), dataDir: world.dataDir });
  await expect(fresh.ensurePullRequest({ ...request, draft: false })).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining(
      'Cannot mark acme/shop#2 as ready for review: the App lacks "pull_requests: write"',
    ),
  });
});

test("a repository that the App does not see is refused with the way out", async () => {
  await using world = await arrange();
  const hidden = { ...world.repo, name: "hidden" };
  const settings = `${world.github.url}/settings/installations/${world.repo.installationId}`;
  for (const acting of [
    () => world.forge.ensureReaction(hidden, 1, "eyes"),
    () => world.forge.mirror(hidden, { signal }),
  ]) {
    await expect(acting()).rejects.toMatchObject({
      code: "forge_refused",
      message: expect.stringContaining(`give it access at ${settings}`),
    });
  }
});

test("a short rate limit is waited for and told to the log", async () => {
  await using world = await arrange();
  const { forge, github, repo, told } = world;
  github.fault({ method: "GET", path: /permission$/, answer: { type: "secondary_rate_limit", retryAfterSeconds: 2 } });
  github.fault({ method: "GET", path: /permission$/, answer: { type: "rate_limit", resetInSeconds: 1 } });
  expect(await forge.permission(repo, "ada")).toBe("write");
  expect(told).toEqual([
    expect.stringMatching(/^GitHub's secondary rate limit is reached .*: trying again in 2 s$/),
    expect.stringMatching(/^GitHub's primary rate limit is reached .*: trying again in \d s$/),
  ]);
});

test("a long rate limit is left to the queue", async () => {
  await using world = await arrange();
  const { forge, github, repo, told } = world;
  github.fault({ method: "GET", path: /permission$/, answer: { type: "rate_limit", resetInSeconds: 3000 } });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({
    code: "forge_unavailable",
    retryable: true,
    message: expect.stringMatching(
      /Cannot read what ada may do in acme\/shop: GitHub's rate limit is reached, until 2\d\d\d-/,
    ),
  });
  expect(told).toEqual([expect.stringContaining("giving up for now")]);
  expect(asked(world, "GET", /permission$/)).toBe(1);
});

test("a rate limit that does not end is given up after two more attempts", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const answer = { type: "secondary_rate_limit", retryAfterSeconds: 1 } as const;
  github.fault({ method: "GET", path: /permission$/, times: 9, answer });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({ code: "forge_unavailable", retryable: true });
  expect(asked(world, "GET", /permission$/)).toBe(3);
});

test("an outage is tried again, then told as one that will pass", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  github.fault({ method: "GET", path: /permission$/, times: 2, answer: { type: "status", status: 503 } });
  expect(await forge.permission(repo, "ada")).toBe("write");
  github.fault({ method: "GET", path: /permission$/, times: 9, answer: { type: "status", status: 500 } });
  await expect(forge.permission(repo, "ada")).rejects.toMatchObject({ code: "forge_unavailable", retryable: true });
});

test("a GitHub that cannot be reached will come back", async () => {
  await using world = await arrange();
  // Nothing listens on the port of a server that has just ended.
  const gone = await startGitHub();
  await gone[Symbol.asyncDispose]();
  const forge = githubForge({ ...connection(gone), dataDir: world.dataDir });
  await expect(forge.permission(world.repo, "ada")).rejects.toMatchObject({
    code: "forge_unavailable",
    retryable: true,
    message: expect.stringContaining(`${gone.url} cannot be reached`),
  });
});

test("tokens that were revoked are replaced, for the API and for git", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  await forge.mirror(repo, { signal });
  await forge.permission(repo, "ada");
  github.expireTokens();
  await forge.mirror(repo, { signal });
  expect(await forge.permission(repo, "ada")).toBe("write");
});

test("a mirror follows the repository, and callers at once share one fetch", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const mirrors = await Promise.all(Array.from({ length: 5 }, () => forge.mirror(repo, { signal })));
  expect(new Set(mirrors).size).toBe(1);
  // One look at the branches and one fetch.
  expect(asked(world, "GET", /info\/refs$/)).toBe(2);
  const sha = await github.commit(repo, { message: "More", files: { "more.js": "more\n" }, by: "ada" });
  expect(await forge.mirror(repo, { signal })).toMatchObject({ defaultBranch: "main", headSha: sha });
});

test("a file is read as it was committed, and never from outside the commit", async () => {
  await using world = await arrange();
  const { forge, repo } = world;
  const mirror = await forge.mirror(repo, { signal });
  const { hashes, read } = await forge.committedFiles(mirror, mirror.headSha);
  expect(await read("cart.js")).toBe("export const total = 0;\n");
  expect(await read("läden/é.txt")).toBe("é\n");
  expect(await read("läden")).toBeUndefined();
  expect(await read("missing.txt")).toBeUndefined();
  expect(await read("../../etc/passwd")).toBeUndefined();
  expect(hashes.get("läden/é.txt")).toBe("c6003325155f475bd7c87731607525dce73be9cf");
  expect(hashes.has("läden")).toBe(false);
});

test("what a commit holds is remembered, and what could not be listed is not", async () => {
  await using world = await arrange();
  const { forge, repo } = world;
  const mirror = await forge.mirror(repo, { signal });
  const files = await forge.committedFiles(mirror, mirror.headSha);
  const text = await files.read("cart.js");
  await rename(mirror.path, `${mirror.path}.away`);
  const again = await forge.committedFiles(mirror, mirror.headSha);
  expect([again.hashes, await again.read("cart.js")]).toEqual([files.hashes, text]);
  const missing = { ...mirror, path: `${mirror.path}.back` };
  await expect(forge.committedFiles(missing, mirror.headSha)).rejects.toMatchObject({ code: "git_failed" });
  await rename(`${mirror.path}.away`, missing.path);
  expect((await forge.committedFiles(missing, mirror.headSha)).hashes).toEqual(files.hashes);
});

test("a mirror's fetch that GitHub fails is one that will pass", async () => {
  await using world = await arrange();
  world.github.fault({ method: "GET", path: /info\/refs$/, times: 9, answer: { type: "status", status: 503 } });
  await expect(world.forge.mirror(world.repo, { signal })).rejects.toMatchObject({
    code: "forge_unavailable",
    retryable: true,
  });
});

test("a change is pushed by the App", async () => {
  await using world = await arrange();
  const { forge, github, repo } = world;
  const mirror = await forge.mirror(repo, { signal });
  const { change, headSha } = await changeOn(mirror.path, mirror.headSha, world.dataDir);
  const request = { repo, mirror, branch: "fix/1-total", change, lastPushedSha: null, protectedBranches: [] };
  await forge.ensureBranch(request, { signal });
  await forge.ensureBranch(request, { signal });
  expect(await github.refs(repo)).toMatchObject({
    "refs/heads/fix/1-total": headSha,
    "refs/heads/main": mirror.headSha,
  });
});

test("a push without the permission says which one", async () => {
  await using world = await arrange({ permissions: { contents: "read", metadata: "read" } });
  const { forge, repo } = world;
  const mirror = await forge.mirror(repo, { signal });
  const { change } = await changeOn(mirror.path, mirror.headSha, world.dataDir);
  const request = { repo, mirror, branch: "fix/1-total", change, lastPushedSha: null, protectedBranches: [] };
  await expect(forge.ensureBranch(request, { signal })).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining('the App lacks "contents: write"'),
  });
});

test("the checks tell what is right and how to mend what is not", async () => {
  await using world = await arrange();
  const { forge, github } = world;
  const names = ["git", "GitHub App", "GitHub App permissions", "GitHub App installations", "GitHub App events"];
  const healthy = await forge.check();
  expect(healthy.map(({ name, ok }) => ({ name, ok }))).toEqual(names.map((name) => ({ name, ok: true })));

  github.setAppPermissions({ contents: "write", issues: "read", metadata: "read" });
  const lacking = await forge.check();
  expect(lacking[2]).toEqual({
    name: "GitHub App permissions",
    ok: false,
    detail: "lacks checks: write, issues: write, pull_requests: write",
    remedy: expect.stringContaining(`${github.url}/settings/apps/nightshift/permissions`),
  });
  expect(lacking[3]).toMatchObject({ ok: false, remedy: expect.stringContaining("Accept the new permissions at") });
});

test("the checks say so when the App does not subscribe to what it handles", async () => {
  await using world = await arrange({ events: ["issues"] });
  expect((await world.forge.check())[4]).toEqual({
    name: "GitHub App events",
    ok: false,
    detail: "is not told of push",
    remedy: expect.stringContaining(`${world.github.url}/settings/apps/nightshift/permissions`),
  });
});

test("the checks say so when the App is unknown or installed nowhere", async () => {
  await using world = await arrange({ installed: false });
  expect((await world.forge.check())[3]).toMatchObject({
    ok: false,
    remedy: `Install it at ${world.github.url}/apps/nightshift/installations/new`,
  });
  const stranger = githubForge({ ...connection(world.github), appId: 99_999, dataDir: world.dataDir });
  expect((await stranger.check())[1]).toMatchObject({ name: "GitHub App", ok: false, remedy: expect.any(String) });
});

/** A commit on top of `base`, made in the bare repository and bundled as a sandbox would. */
async function changeOn(path: string, base: string, folder: string) {
  const work = join(folder, "work");
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", work, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args])
      .toString()
      .trim();
  execFileSync("git", ["clone", "--quiet", "--shared", path, work]);
  git("commit", "--quiet", "--allow-empty", "--message", "Fix");
  git("update-ref", "refs/heads/change", "HEAD");
  git("bundle", "create", "--quiet", join(folder, "out.bundle"), "refs/heads/change", `^${base}`);
  const headSha = git("rev-parse", "HEAD");
  return { headSha, change: { baseSha: base, headSha, bundle: await readFile(join(folder, "out.bundle")) } };
}
