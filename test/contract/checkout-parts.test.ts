import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PartsRequest } from "../../src/domain/forge.ts";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import type { AddRepository } from "../../src/playground/github/github-look-alike.ts";
import { startGitHub } from "../../src/playground/github/start-github.ts";

const { signal } = new AbortController();
const lfs = "*.bin filter=lfs diff=lfs merge=lfs -text\n";

const modules = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries)
    .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join("");

/** A GitHub on which @ada may read everything of acme's, and a forge that talks to it. */
async function arrange(options: { readonly lfsMb?: number } = {}) {
  const stack = new AsyncDisposableStack();
  const github = stack.use(await startGitHub());
  const dataDir = await mkdtemp(join(tmpdir(), "nightshift-parts-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  github.addUser("ada");
  github.addUser("eve");
  const { app, apiUrl, url } = github;
  const forge = githubForge({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl,
    webUrl: url,
    secondMs: 1,
    dataDir,
    ...options,
  });
  const add = async (name: string, files: AddRepository["files"], more: Partial<AddRepository> = {}) => {
    const repo = await github.addRepository({ owner: "acme", name, files, ...more });
    github.setPermission(repo, "ada", "read");
    return { repo, sha: (await github.refs(repo))["refs/heads/main"] ?? "" };
  };
  const partsOf = async ({ repo, sha }: Awaited<ReturnType<typeof add>>, more: Partial<PartsRequest> = {}) => {
    const mirror = await forge.mirror(repo, { signal });
    return { mirror, ...(await forge.checkoutParts(mirror, { repo, sha, reader: "ada", signal, ...more })) };
  };
  return { github, forge, add, partsOf, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("submodules of the same host are mirrored with theirs, each after the one that it is in", async () => {
  await using world = await arrange();
  const deep = await world.add("deep", { "d.txt": "deep\n" });
  const lib = await world.add("Lib", {
    "l.txt": "lib\n",
    deps: { submodule: deep.sha },
    ".gitmodules": modules({ deps: "../deep" }),
  });
  const shop = await world.add("shop", {
    "libs/one": { submodule: lib.sha },
    ".gitmodules": modules({ "libs/one": `${world.github.url}/acme/Lib.git`, "not/there": "../deep.git" }),
  });
  expect(await world.partsOf(shop)).toMatchObject({
    submodules: [
      { within: ".", name: "libs/one", path: "libs/one", from: { mirror: "modules/acme/lib.git" } },
      { within: "libs/one", name: "deps", path: "deps", from: { mirror: "modules/acme/deep.git" } },
    ],
    lfsFiles: [],
    warnings: [],
  });
});

test("what the App or the person may not read, no branch has, or lies elsewhere, is told and not fetched", async () => {
  await using world = await arrange();
  const { github } = world;
  const lib = await world.add("lib", { "l.txt": "lib\n" });
  const away = await world.add("away", { "a.txt": "away\n" }, { installed: false });
  const entries = {
    lib: "../lib.git",
    gone: "../lib.git",
    away: "../away.git",
    evil: "ext::sh%20-c%20id",
    host: "file:///etc",
  };
  const shop = await world.add("shop", {
    lib: { submodule: lib.sha },
    gone: { submodule: "1".repeat(40) },
    away: { submodule: away.sha },
    evil: { submodule: lib.sha },
    host: { submodule: lib.sha },
    unnamed: { submodule: lib.sha },
    other: { submodule: lib.sha },
    ".gitmodules": modules({ ...entries, other: "https://git.example.com/other.git" }),
  });
  const own = await world.partsOf(shop);
  expect(own.submodules).toEqual([
    { within: ".", name: "lib", path: "lib", from: { mirror: "modules/acme/lib.git" } },
    { within: ".", name: "other", path: "other", from: { url: "https://git.example.com/other.git" } },
  ]);
  const empty = (path: string) => `The submodule ${path} is not fetched, its folder is empty:`;
  const follows = "is no address that Nightshift follows. Use one relative to the repository, or https.";
  const installation = `${github.url}/settings/installations/${shop.repo.installationId}`;
  expect(own.warnings).toEqual([
    `${empty("unnamed")} \`.gitmodules\` has no address for it that Nightshift follows.`,
    `${empty("away")} acme/away is not public, and the App or @ada may not read it. Give them access; the App's is at ${installation}`,
    `${empty("evil")} "ext::sh%20-c%20id" ${follows}`,
    `${empty("gone")} no branch of acme/lib has its commit 111111111111. Push it there.`,
    `${empty("host")} "file:///etc" ${follows}`,
  ]);
  const hers = await world.partsOf(shop, { reader: "eve" });
  expect(hers.submodules.map(({ path }) => path)).toEqual(["other"]);
  expect(hers.warnings).toContainEqual(
    expect.stringContaining("acme/lib is not public, and the App or @eve may not read it."),
  );
});

test("a repository that contains itself is followed a few levels and no further", async () => {
  await using world = await arrange();
  const first = await world.add("shop", { "a.txt": "a\n" });
  let { sha } = first;
  for (let level = 0; level < 6; level += 1) {
    const files = { me: { submodule: sha }, ".gitmodules": modules({ me: "../shop.git" }) };
    sha = await world.github.commit(first.repo, { message: "Deeper", files });
  }
  const { submodules, warnings } = await world.partsOf({ repo: first.repo, sha });
  expect(submodules.map(({ within }) => within)).toEqual([".", "me", "me/me", "me/me/me"]);
  expect(warnings).toEqual([expect.stringContaining("me/me/me/me/me is not fetched")]);
});

test("files of Git LFS are fetched once, as git-lfs keeps them, by whoever's token reads the repository", async () => {
  await using world = await arrange();
  const shop = await world.add("shop", { "a.txt": "a\n" });
  const content = Buffer.from("\0\x01binary\n");
  const pointer = await world.github.storeLfs(shop.repo, content);
  const files = {
    ".gitattributes": lfs,
    "ä b.bin": pointer,
    "sub/same.bin": pointer,
    "notes.md": `See:\n${pointer}${pointer}`,
  };
  const sha = await world.github.commit(shop.repo, { message: "Binaries", files });
  const oid = /sha256:(\w+)/.exec(pointer)?.[1] ?? "";

  const first = await world.partsOf({ repo: shop.repo, sha });
  expect(first).toMatchObject({
    lfsFiles: [
      { path: "sub/same.bin", oid },
      { path: "ä b.bin", oid },
    ],
    warnings: [],
  });
  const stored = join(first.mirror.path, "lfs/objects", oid.slice(0, 2), oid.slice(2, 4), oid);
  expect(await readFile(stored)).toEqual(content);
  const asked = () => world.github.requests().filter(({ path }) => path.includes("/info/lfs/")).length;
  expect(asked()).toBe(2);
  expect((await world.partsOf({ repo: shop.repo, sha })).lfsFiles).toHaveLength(2);
  expect(asked()).toBe(2);
});

test("files of Git LFS over the limit, or that the server does not have, stay pointers and are told", async () => {
  await using world = await arrange({ lfsMb: 1 });
  const shop = await world.add("shop", { "a.txt": "a\n" });
  const commit = (files: AddRepository["files"]) =>
    world.github.commit(shop.repo, { message: "Binaries", files: { ".gitattributes": lfs, ...files } });
  const small = await world.github.storeLfs(shop.repo, Buffer.from("small"));
  const missing = small.replace(/sha256:\w{8}/, "sha256:00000000");
  const some = await world.partsOf({ repo: shop.repo, sha: await commit({ "a.bin": small, "b.bin": missing }) });
  expect(some.lfsFiles.map(({ path }) => path)).toEqual(["a.bin"]);
  const notFetched = "Files of Git LFS are not fetched and hold pointers instead of their content";
  expect(some.warnings).toEqual([
    `${notFetched}: acme/shop does not give b.bin (Object does not exist on the server).`,
  ]);

  const large = await world.github.storeLfs(shop.repo, Buffer.alloc(2 * 1024 * 1024));
  const over = await world.partsOf({ repo: shop.repo, sha: await commit({ "c.bin": large }) });
  expect(over.lfsFiles).toEqual([]);
  expect(over.warnings).toEqual([
    `${notFetched}: 3 files with 3 MB, more than the 1 MB that \`sandbox.lfs_mb\` allows.`,
  ]);
});

test("an LFS server that is down, or sends something else, is tried again later", async () => {
  await using world = await arrange();
  const shop = await world.add("shop", { "a.txt": "a\n" });
  const pointer = await world.github.storeLfs(shop.repo, Buffer.from("content"));
  const files = { ".gitattributes": lfs, "a.bin": pointer.replace("size 7", "size 3") };
  const sha = await world.github.commit(shop.repo, { message: "Binaries", files });
  const later = { code: "forge_unavailable", retryable: true };
  await expect(world.partsOf({ repo: shop.repo, sha })).rejects.toMatchObject({
    ...later,
    message: expect.stringContaining("longer than its pointer says"),
  });
  world.github.fault({ method: "POST", path: /info\/lfs/, answer: { type: "status", status: 503 } });
  await expect(world.partsOf({ repo: shop.repo, sha })).rejects.toMatchObject(later);
});
