import { chmod, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileDiff } from "../../src/domain/diff.ts";
import { createGit } from "../../src/forge/git.ts";
import { refreshMirror } from "../../src/forge/mirror.ts";
import { readDiff } from "../../src/forge/read-diff.ts";
import { type BareRemote, bareRemote } from "../support/bare-remote.ts";

const git = createGit(process.env);
const { signal } = new AbortController();

/** What a change is read as: `files` are written over a base of `base`, and `act` does the rest in the working copy. */
async function diffOf(
  remote: BareRemote,
  base: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
  act: (copy: string) => Promise<unknown> = async () => undefined,
): Promise<readonly FileDiff[]> {
  const { repo, webUrl, dataDir } = remote;
  await remote.commit({ onto: "main", files: base, push: "main" });
  const host = { webUrl, mintToken: async () => undefined };
  const mirror = await refreshMirror(git, { repo, host, dataDir, signal });
  await act(join(remote.folder, "work"));
  const headSha = await remote.commit({ onto: mirror.headSha, files });
  return await readDiff(git, { change: await remote.change(mirror.headSha, headSha), mirror, dataDir, signal });
}

test("a change is read file by file, with the lines of both sides", async () => {
  await using remote = await bareRemote();
  const files = await diffOf(
    remote,
    { "a.txt": "one\ntwo\nthree", "gone.txt": "bye\n" },
    { "a.txt": "one\n2\nthree", "ä b.txt": "new\r\n", "empty.txt": "" },
    (copy) => unlink(join(copy, "gone.txt")),
  );
  expect(files).toEqual([
    {
      ...{ path: "a.txt", from: null, status: "changed", kind: "text", bytes: 11 },
      lines: [
        { mark: " ", text: "one", n: 1 },
        { mark: "-", text: "two", n: 2 },
        { mark: "+", text: "2", n: 2 },
        { mark: " ", text: "three", n: 3 },
      ],
    },
    { path: "empty.txt", from: null, status: "added", kind: "text", bytes: 0, lines: [] },
    {
      ...{ path: "gone.txt", from: null, status: "deleted", kind: "text", bytes: 0 },
      lines: [{ mark: "-", text: "bye", n: 1 }],
    },
    {
      ...{ path: "ä b.txt", from: null, status: "added", kind: "text", bytes: 5 },
      lines: [{ mark: "+", text: "new\r", n: 1 }],
    },
  ]);
});

test("a file that moves keeps its lines, and one that only moves has none to show", async () => {
  await using remote = await bareRemote();
  const text = "one\ntwo\nthree\nfour\nfive\n";
  const files = await diffOf(
    remote,
    { "a.txt": text, "b.txt": text.toUpperCase() },
    { "moved.txt": `${text}six\n`, "same.txt": text.toUpperCase() },
    (copy) => Promise.all(["a.txt", "b.txt"].map((name) => unlink(join(copy, name)))),
  );
  expect(files.map(({ path, from, status, lines }) => [path, from, status, lines.length])).toEqual([
    ["moved.txt", "a.txt", "renamed", 6],
    ["same.txt", "b.txt", "renamed", 0],
  ]);
});

test("no attribute of the change hides a text, and what is no text is told by its size", async () => {
  await using remote = await bareRemote();
  const files = await diffOf(
    remote,
    { ".gitattributes": "hidden.txt binary -diff\n", "hidden.txt": "old\n" },
    { ".gitattributes": "* binary -diff\n", "hidden.txt": "new\n", "big.txt": "x".repeat(1_100_000) },
    async (copy) => {
      await writeFile(join(copy, "image.bin"), Buffer.from([0, 1, 2, 3]));
      await symlink("/etc/passwd", join(copy, "link"));
    },
  );
  expect(files.map(({ path, kind, bytes, lines }) => [path, kind, bytes, lines.length])).toEqual([
    [".gitattributes", "text", 15, 2],
    ["big.txt", "unread", 1_100_000, 0],
    ["hidden.txt", "text", 4, 2],
    ["image.bin", "binary", 4, 0],
    ["link", "link", 11, 0],
  ]);
});

test("what is no text is still read for secrets", async () => {
  await using remote = await bareRemote();
  const big = `${"x".repeat(1_100_000)} token`;
  const files = await diffOf(remote, { "a.bin": "\0old" }, { "a.bin": "\0new", "big.txt": big });
  expect(files.map(({ path, kind, raw }) => [path, kind, raw])).toEqual([
    ["a.bin", "binary", { old: "\0old", now: "\0new" }],
    ["big.txt", "unread", { old: "", now: big }],
  ]);
});

test("a file that can be run from now on is told, and one that is as it was is not", async () => {
  await using remote = await bareRemote();
  const files = await diffOf(remote, { "a.sh": "a\n", "b.sh": "b\n" }, { "b.sh": "c\n" }, async (copy) => {
    await chmod(join(copy, "a.sh"), 0o755);
  });
  expect(files.map(({ path, becomesExecutable }) => [path, becomesExecutable])).toEqual([
    ["a.sh", true],
    ["b.sh", undefined],
  ]);
});

test("what is no change of this repository is refused", async () => {
  await using remote = await bareRemote();
  const { repo, webUrl, dataDir } = remote;
  const host = { webUrl, mintToken: async () => undefined };
  const mirror = await refreshMirror(git, { repo, host, dataDir, signal });
  const change = { baseSha: mirror.headSha, headSha: "b".repeat(40), bundle: Buffer.from("no bundle") };
  await expect(readDiff(git, { change, mirror, dataDir, signal })).rejects.toMatchObject({ code: "bad_change" });
});
