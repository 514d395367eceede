import { execFileSync } from "node:child_process";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EnsureBranch } from "../../src/domain/forge.ts";
import { createGit } from "../../src/forge/git.ts";
import { refreshMirror } from "../../src/forge/mirror.ts";
import { pushChange } from "../../src/forge/push-change.ts";
import { type BareRemote, bareRemote } from "../support/bare-remote.ts";

const git = createGit(process.env);
const { signal } = new AbortController();
const branch = "fix/1-total";

function hostOf(remote: BareRemote) {
  return { webUrl: remote.webUrl, mintToken: async () => undefined };
}

function push(remote: BareRemote, request: EnsureBranch): Promise<void> {
  return pushChange(git, request, { host: hostOf(remote), dataDir: remote.dataDir, signal });
}

/** A change on top of the default branch, and the request to push it. */
async function arrange(remote: BareRemote, files: Readonly<Record<string, string>> = { "cart.js": "fixed\n" }) {
  const mirror = await refreshMirror(git, { repo: remote.repo, host: hostOf(remote), dataDir: remote.dataDir, signal });
  const headSha = await remote.commit({ onto: mirror.headSha, files });
  const change = await remote.change(mirror.headSha, headSha);
  const request: EnsureBranch = {
    repo: remote.repo,
    mirror,
    branch,
    change,
    lastPushedSha: null,
    protectedBranches: [],
  };
  return { mirror, headSha, change, request };
}

const remoteBranches = (remote: BareRemote) => remote.git("for-each-ref", "--format=%(refname:short) %(objectname)");

test("a change becomes a branch, a second time changes nothing, and no trace is left on our side", async () => {
  await using remote = await bareRemote();
  const { mirror, headSha, request } = await arrange(remote);
  await push(remote, request);
  await push(remote, request);
  expect(await remoteBranches(remote)).toBe(`${branch} ${headSha}\nmain ${mirror.headSha}`);
  expect(await readdir(join(remote.dataDir, "incoming"))).toEqual([]);
  await expect(remote.git("--git-dir", mirror.path, "cat-file", "-e", headSha)).rejects.toThrow();
});

test("a branch that we pushed before is moved on, even to a rewritten history", async () => {
  await using remote = await bareRemote();
  const first = await arrange(remote);
  await push(remote, first.request);
  const second = await arrange(remote, { "cart.js": "fixed better\n" });
  await push(remote, { ...second.request, lastPushedSha: first.headSha });
  expect(await remote.git("rev-parse", branch)).toBe(second.headSha);
});

test("a branch on which somebody else pushed is left alone", async () => {
  await using remote = await bareRemote();
  const first = await arrange(remote);
  await push(remote, first.request);
  const theirs = await remote.commit({ onto: first.headSha, files: { "cart.js": "by hand\n" }, push: branch });
  const second = await arrange(remote, { "cart.js": "fixed better\n" });

  await expect(push(remote, { ...second.request, lastPushedSha: first.headSha })).rejects.toMatchObject({
    code: "branch_moved",
    message: `Cannot push to acme/shop: Nightshift pushed ${first.headSha}, but the branch is at ${theirs}. Somebody's work on ${branch} is left alone: merge or delete the branch there, then ask again.`,
  });
  await expect(push(remote, second.request)).rejects.toMatchObject({ code: "branch_moved" });
  expect(await remote.git("rev-parse", branch)).toBe(theirs);
});

test("somebody who pushes between our look and our push is not overwritten", async () => {
  await using remote = await bareRemote();
  const { mirror, request } = await arrange(remote);
  const theirs = await remote.commit({ onto: mirror.headSha, files: { "cart.js": "by hand\n" } });
  const late: typeof git = async (args, options) => {
    if (args[0] === "push") await remote.work("push", "--quiet", "origin", `${theirs}:refs/heads/${branch}`);
    return git(args, options);
  };
  const racing = pushChange(late, request, { host: hostOf(remote), dataDir: remote.dataDir, signal });
  await expect(racing).rejects.toMatchObject({ code: "branch_moved" });
  expect(await remote.git("rev-parse", branch)).toBe(theirs);
});

test("another worker that pushed the same change in between is no failure", async () => {
  await using remote = await bareRemote();
  const { headSha, request } = await arrange(remote);
  const late: typeof git = async (args, options) => {
    if (args[0] === "push") await remote.work("push", "--quiet", "origin", `${headSha}:refs/heads/${branch}`);
    return git(args, options);
  };
  await pushChange(late, request, { host: hostOf(remote), dataDir: remote.dataDir, signal });
  expect(await remote.git("rev-parse", branch)).toBe(headSha);
});

test("a push that is refused because the other worker's is just landing is no failure", async () => {
  await using remote = await bareRemote();
  const { headSha, request } = await arrange(remote);
  let pushes = 0;
  const late: typeof git = async (args, options) => {
    if (args[0] !== "push") return git(args, options);
    await remote.work("push", "--quiet", "origin", `${headSha}:refs/heads/${branch}`);
    pushes += 1;
    return { exitCode: 1, stdout: `! ${branch} [remote rejected] (failed to update ref)`, stderr: "" };
  };
  await pushChange(late, request, { host: hostOf(remote), dataDir: remote.dataDir, signal });
  expect(pushes).toBe(1);
  expect(await remote.git("rev-parse", branch)).toBe(headSha);
});

test("the default branch and protected branches are refused before git is asked for anything", async () => {
  await using remote = await bareRemote();
  const { request } = await arrange(remote);
  const untouched: typeof git = async (args) => expect.fail(`git ${args[0]} was run`);
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["main", []],
    ["Main", []],
    ["production", ["production"]],
    ["release/1/2", ["release/*"]],
    ["hotfix-x", ["dev", "*fix-?", "*-x"]],
  ];
  for (const [branch, protectedBranches] of cases) {
    const pushing = pushChange(
      untouched,
      { ...request, branch, protectedBranches },
      { host: hostOf(remote), dataDir: remote.dataDir, signal },
    );
    await expect(pushing).rejects.toMatchObject({ code: "protected_branch" });
  }
});

test("a default branch that was renamed since the mirror was fetched is refused as well", async () => {
  await using remote = await bareRemote();
  const { request, mirror } = await arrange(remote);
  await remote.git("branch", "--move", "main", branch);
  await remote.git("symbolic-ref", "HEAD", `refs/heads/${branch}`);
  await expect(push(remote, { ...request, lastPushedSha: mirror.headSha })).rejects.toMatchObject({
    code: "protected_branch",
  });
});

test("a name that is not a branch's is refused", async () => {
  await using remote = await bareRemote();
  const { request } = await arrange(remote);
  for (const name of ["-f", "--delete", "HEAD", "refs/heads/main", "a..b", "a b", "x.lock", "a:b", "", "/a", "a\n"]) {
    await expect(push(remote, { ...request, branch: name })).rejects.toMatchObject({ code: "bad_input" });
  }
  expect(await remoteBranches(remote)).toMatch(/^main \w+$/);
});

test("a bundle that is not what it says is refused", async () => {
  await using remote = await bareRemote();
  const { mirror, headSha, change, request } = await arrange(remote);
  const refused = async (bad: typeof change) =>
    await expect(push(remote, { ...request, change: bad })).rejects.toMatchObject({ code: "bad_change" });

  await refused({ ...change, bundle: Buffer.from("not a bundle") });
  await refused({ ...change, bundle: change.bundle.subarray(0, change.bundle.length - 30) });
  await refused({ ...change, headSha: mirror.headSha, baseSha: headSha });
  await refused({ ...change, headSha: mirror.headSha });
  await refused({ ...change, headSha: "main" });
  await refused({ ...change, baseSha: "f".repeat(40) });
  await refused(await remote.change(mirror.headSha, headSha, "refs/heads/other"));
  await refused({ ...change, bundle: Buffer.alloc(100 * 1024 * 1024 + 1) });
  expect(await remoteBranches(remote)).toBe(`main ${mirror.headSha}`);
  expect(await readdir(join(remote.dataDir, "incoming"))).toEqual([]);
});

test("a small bundle that unpacks to a very large file is refused", async () => {
  await using remote = await bareRemote();
  const { mirror, request } = await arrange(remote);
  const headSha = await remote.commit({ onto: mirror.headSha, files: { zeros: "\0".repeat(130 * 1024 * 1024) } });
  const change = await remote.change(mirror.headSha, headSha);
  expect(change.bundle.byteLength).toBeLessThan(1024 * 1024);
  await expect(push(remote, { ...request, change })).rejects.toMatchObject({
    code: "bad_change",
    message: expect.stringContaining("over limit 134217728"),
  });
});

test("a bundle with a second ref is refused", async () => {
  await using remote = await bareRemote();
  const { mirror, headSha, change, request } = await arrange(remote);
  const path = join(remote.folder, "two.bundle");
  await remote.work("update-ref", "refs/heads/main", headSha);
  await remote.work("bundle", "create", "--quiet", path, "refs/heads/change", "refs/heads/main", `^${mirror.headSha}`);
  const bundle = await readFile(path);
  await expect(push(remote, { ...request, change: { ...change, bundle } })).rejects.toMatchObject({
    code: "bad_change",
  });
});

test("a change that needs commits which we do not have is refused", async () => {
  await using remote = await bareRemote();
  const { mirror, headSha, request } = await arrange(remote);
  const top = await remote.commit({ onto: headSha, files: { "more.js": "more\n" } });
  const change = { ...(await remote.change(headSha, top)), baseSha: mirror.headSha };
  await expect(push(remote, { ...request, change })).rejects.toMatchObject({
    code: "bad_change",
    message: expect.stringContaining("it needs commits that are not in the repository"),
  });
});

test("a change that does not descend from its base is refused", async () => {
  await using remote = await bareRemote();
  const root = await remote.git("rev-parse", "main");
  await remote.commit({ onto: root, files: { "cart.js": "moved on\n" }, push: "main" });
  const { mirror, request } = await arrange(remote);
  const aside = await remote.commit({ onto: root, files: { "cart.js": "aside\n" } });
  const change = { ...(await remote.change(root, aside)), baseSha: mirror.headSha };
  await expect(push(remote, { ...request, change })).rejects.toMatchObject({
    code: "bad_change",
    message: expect.stringContaining(`it does not descend from ${mirror.headSha}`),
  });
});

test("a tree that would write into .git is refused", async () => {
  await using remote = await bareRemote();
  const { mirror, request } = await arrange(remote);
  const hash = (type: string, content: Buffer | string) =>
    execFileSync("git", ["hash-object", "-t", type, "-w", "--literally", "--stdin"], {
      cwd: join(remote.folder, "work"),
      input: content,
    })
      .toString()
      .trim();
  const blob = hash("blob", "evil\n");
  const tree = hash("tree", Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")]));
  const who = "Ada <ada@example.com> 1700000000 +0000";
  const head = hash("commit", `tree ${tree}\nparent ${mirror.headSha}\nauthor ${who}\ncommitter ${who}\n\nx\n`);
  const change = await remote.change(mirror.headSha, head);
  await expect(push(remote, { ...request, change })).rejects.toMatchObject({
    code: "bad_change",
    message: expect.stringContaining("hasDotgit"),
  });
});

test("a refusal of the repository's rules is told in its own words", async () => {
  await using remote = await bareRemote();
  const { request } = await arrange(remote);
  const hook = join(remote.bare, "hooks/pre-receive");
  await writeFile(hook, "#!/bin/sh\necho 'GH013: Repository rule violations found' >&2\nexit 1\n");
  await chmod(hook, 0o755);
  await expect(push(remote, request)).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining("GH013: Repository rule violations found"),
  });
});

test("a refused workflow file is named with the way out", async () => {
  await using remote = await bareRemote();
  const { request } = await arrange(remote);
  const words =
    "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission";
  const hook = join(remote.bare, "hooks/update");
  await writeFile(hook, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`);
  await chmod(hook, 0o755);
  await expect(push(remote, request)).rejects.toMatchObject({
    code: "forge_refused",
    message: expect.stringContaining("touches the workflow .github/workflows/ci.yml"),
  });
});
