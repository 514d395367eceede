import { execFileSync, spawnSync } from "node:child_process";
import { access, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createGit, type Git } from "../../src/forge/git.ts";
import { mirrorPath, refreshMirror } from "../../src/forge/mirror.ts";
import { sharedFlight } from "../../src/forge/shared-flight.ts";
import { type BareRemote, bareRemote } from "../support/bare-remote.ts";

const git = createGit(process.env);
const noSignal = new AbortController().signal;

function refresh(remote: BareRemote, { through = git, signal = noSignal } = {}) {
  const host = { webUrl: remote.webUrl, mintToken: async () => undefined };
  return refreshMirror(through, { repo: remote.repo, host, dataDir: remote.dataDir, signal });
}

const refs = (remote: BareRemote, path: string) => remote.git("--git-dir", path, "for-each-ref", "--format=%(refname)");

/** Git that also writes down which commands it ran. */
function recording(): { readonly git: Git; readonly commands: string[] } {
  const commands: string[] = [];
  return {
    commands,
    git: (args, options) => {
      commands.push(args[0] ?? "");
      return git(args, options);
    },
  };
}

/** Turns packs into one file per object. */
async function unpack(path: string): Promise<void> {
  const folder = join(path, "objects/pack");
  const packs = (await readdir(folder)).filter((name) => name.endsWith(".pack"));
  const contents = await Promise.all(packs.map((name) => readFile(join(folder, name))));
  await rm(folder, { recursive: true });
  for (const input of contents) execFileSync("git", ["--git-dir", path, "unpack-objects", "-q"], { input });
}

test("the first mirror has every branch and tag and knows the default branch", async () => {
  await using remote = await bareRemote();
  const sha = await remote.git("rev-parse", "main");
  await remote.git("branch", "topic", "main");
  await remote.git("tag", "v1", "main");

  const mirror = await refresh(remote);

  expect(mirror).toEqual({
    path: mirrorPath(remote.dataDir, remote.webUrl, remote.repo),
    defaultBranch: "main",
    headSha: sha,
  });
  expect(await refs(remote, mirror.path)).toBe("refs/heads/main\nrefs/heads/topic\nrefs/tags/v1");
  expect(await readdir(dirname(mirror.path))).toEqual(["shop.git"]);
});

test("a later call fetches what is new, forgets what is gone and follows a renamed default branch", async () => {
  await using remote = await bareRemote();
  await remote.git("branch", "topic", "main");
  const first = await refresh(remote);
  await remote.git("branch", "--delete", "--force", "topic");
  await remote.git("branch", "--move", "main", "trunk");
  await remote.git("symbolic-ref", "HEAD", "refs/heads/trunk");
  const newest = await remote.commit({ onto: first.headSha, files: { "cart.js": "new\n" }, push: "trunk" });

  const { git: through, commands } = recording();
  const second = await refresh(remote, { through });

  expect(second).toEqual({ path: first.path, defaultBranch: "trunk", headSha: newest });
  expect(await refs(remote, second.path)).toBe("refs/heads/trunk");
  expect(commands).not.toContain("init");
});

test("history that was rewritten on the remote is followed", async () => {
  await using remote = await bareRemote();
  await refresh(remote);
  await remote.work("checkout", "--quiet", "--orphan", "again");
  const other = await remote.commit({ onto: "", files: { "cart.js": "rewritten\n" }, push: "main" });
  expect((await refresh(remote)).headSha).toBe(other);
});

test("a repository without a commit is a clear error and leaves no mirror", async () => {
  await using remote = await bareRemote({ empty: true });
  await expect(refresh(remote)).rejects.toMatchObject({
    code: "bad_input",
    message: "acme/shop has no commit on its default branch. Push a first commit, then ask again.",
  });
  expect(await readdir(join(remote.dataDir, "mirrors/local/acme"))).toEqual([]);
});

test("a repository that is not there is refused with the way out", async () => {
  await using remote = await bareRemote();
  await rm(remote.bare, { recursive: true });
  await expect(refresh(remote)).rejects.toMatchObject({ code: "forge_refused", retryable: false });
});

test("a mirror whose refs are gone is made anew", async () => {
  await using remote = await bareRemote();
  const before = await refresh(remote);
  await rm(join(before.path, "refs"), { recursive: true });
  await rm(join(before.path, "packed-refs"), { force: true });
  expect(await refresh(remote)).toEqual(before);
});

test("a mirror with a damaged pack is made anew", async () => {
  await using remote = await bareRemote();
  const before = await refresh(remote);
  await remote.git("--git-dir", before.path, "repack", "-a", "-d", "--quiet");
  const packs = join(before.path, "objects/pack");
  const pack = (await readdir(packs)).find((name) => name.endsWith(".pack")) ?? "";
  await truncate(join(packs, pack), 40);
  expect(await refresh(remote)).toEqual(before);
  await remote.git("--git-dir", before.path, "fsck", "--strict");
});

test("a mirror that lacks a file of the newest commit is made anew", async () => {
  await using remote = await bareRemote();
  const before = await refresh(remote);
  const blob = await remote.git("rev-parse", "main:cart.js");
  await unpack(before.path);
  await rm(join(before.path, "objects", blob.slice(0, 2), blob.slice(2)));
  expect(await refresh(remote)).toEqual(before);
  await remote.git("--git-dir", before.path, "cat-file", "-e", blob);
});

test("locks that a killed fetch left are removed", async () => {
  await using remote = await bareRemote();
  const { path, headSha } = await refresh(remote);
  await writeFile(join(path, "refs/heads/main.lock"), "");
  await writeFile(join(path, "packed-refs.lock"), "");
  await remote.git("branch", "topic", "main");
  const newest = await remote.commit({ onto: headSha, files: { "cart.js": "new\n" }, push: "main" });
  const { git: through, commands } = recording();
  expect((await refresh(remote, { through })).headSha).toBe(newest);
  expect(commands).not.toContain("init");
});

test("a lock of a process that is dead does not hold anybody up", async () => {
  await using remote = await bareRemote();
  const { path } = await refresh(remote);
  const { pid } = spawnSync("true");
  await writeFile(`${path}.lock`, JSON.stringify({ id: "x", host: hostname(), pid }));
  await refresh(remote);
  await expect(access(`${path}.lock`)).rejects.toThrow();
}, 10_000);

test("a lock that nobody renews is taken over", async () => {
  await using remote = await bareRemote();
  const { path } = await refresh(remote);
  await writeFile(`${path}.lock`, JSON.stringify({ id: "x", host: "another-host", pid: 1 }));
  const aMinuteAgo = new Date(Date.now() - 60_000);
  await utimes(`${path}.lock`, aMinuteAgo, aMinuteAgo);
  await refresh(remote);
  await expect(access(`${path}.lock`)).rejects.toThrow();
}, 10_000);

test("a fetch waits while another process holds the mirror, and can be cancelled", async () => {
  await using remote = await bareRemote();
  const { path } = await refresh(remote);
  await writeFile(`${path}.lock`, JSON.stringify({ id: "x", host: "another-host", pid: 1 }));
  const controller = new AbortController();
  const { git: through, commands } = recording();
  const waiting = refresh(remote, { through, signal: controller.signal });
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  expect(commands).toEqual([]);

  const patient = refresh(remote);
  await rm(`${path}.lock`);
  expect((await patient).path).toBe(path);
});

test("what a process that died half-way left is cleared away", async () => {
  await using remote = await bareRemote();
  const path = mirrorPath(remote.dataDir, remote.webUrl, remote.repo);
  await remote.git("init", "--quiet", "--bare", `${path}.new-1`);
  await remote.git("init", "--quiet", "--bare", `${path}.old-1`);
  await mkdir(`${path}.new-of-somebody-at-work`);
  const lastWeek = new Date(Date.now() - 7 * 24 * 3600 * 1000);
  for (const name of ["new-1", "old-1"]) await utimes(`${path}.${name}`, lastWeek, lastWeek);
  await refresh(remote);
  expect(await readdir(dirname(path))).toEqual(["shop.git", "shop.git.new-of-somebody-at-work"]);
});

test("callers at once do not disturb each other, as if they were processes of their own", async () => {
  await using remote = await bareRemote();
  const mirrors = await Promise.all(Array.from({ length: 6 }, () => refresh(remote)));
  expect(new Set(mirrors.map((mirror) => JSON.stringify(mirror))).size).toBe(1);
});

test("two that both believe they hold the lock end with one whole mirror", async () => {
  await using remote = await bareRemote();
  const path = mirrorPath(remote.dataDir, remote.webUrl, remote.repo);
  const losing: Git = async (args, options) => {
    await rm(`${path}.lock`, { force: true });
    return git(args, options);
  };
  const [first, second] = await Promise.all([
    refresh(remote, { through: losing }),
    refresh(remote, { through: losing }),
  ]);
  expect(first).toEqual(second);
  await remote.git("--git-dir", path, "fsck", "--strict");
  expect(await readdir(dirname(path))).toEqual(["shop.git"]);
});

test("a name that leaves the folder is refused", () => {
  for (const name of ["..", ".", "", "a/b", "-x", "a b", "a\nb"]) {
    expect(() => mirrorPath("/data", "https://github.com", { owner: name, name: "x", installationId: 1 })).toThrow(
      expect.objectContaining({ code: "bad_input" }),
    );
  }
});

test("callers with one key share the work, and the first to leave does not stop it", async () => {
  const share = sharedFlight<string>();
  const { promise, resolve } = Promise.withResolvers<string>();
  const started: AbortSignal[] = [];
  const start = (signal: AbortSignal) => {
    started.push(signal);
    return promise;
  };
  const leaver = new AbortController();
  const first = share("acme/shop", leaver.signal, start);
  const second = share("acme/shop", noSignal, start);
  leaver.abort();
  await expect(first).rejects.toMatchObject({ code: "cancelled" });
  expect(started.map((signal) => signal.aborted)).toEqual([false]);
  resolve("done");
  expect(await second).toBe("done");
});

test("the work is stopped when the last caller leaves, and the next caller starts anew", async () => {
  const share = sharedFlight<string>();
  const started: AbortSignal[] = [];
  const start = (signal: AbortSignal) => {
    started.push(signal);
    return started.length === 1 ? new Promise<string>(() => {}) : Promise.resolve("again");
  };
  const leaver = new AbortController();
  const first = share("acme/shop", leaver.signal, start);
  leaver.abort();
  await expect(first).rejects.toMatchObject({ code: "cancelled" });
  expect(await share("acme/shop", noSignal, start)).toBe("again");
  expect(started.map((signal) => signal.aborted)).toEqual([true, true]);
});
