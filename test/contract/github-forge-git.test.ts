import { rename } from "node:fs/promises";
import { expect, test } from "vitest";
import { arrange, asked, changeOn, signal } from "../support/forge-world.ts";

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
