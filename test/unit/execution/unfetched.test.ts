import { expect, test } from "vitest";
import { unfetchedParts } from "../../../src/execution/unfetched.ts";

const partsOf = (files: Readonly<Record<string, string>>) =>
  unfetchedParts({ hashes: new Map(Object.keys(files).map((path) => [path, "0"])), read: async (path) => files[path] });

test("a repository that is whole lacks nothing", async () => {
  expect(await partsOf({ "a.txt": "", ".gitattributes": "*.png binary\n# *.psd filter=lfs\n" })).toEqual([]);
});

test("submodules are named by their folders", async () => {
  const text = '[submodule "one"]\n\tpath = libs/one\n\turl = ../one.git\n[submodule "two"]\n\tpath = two words\n';
  expect(await partsOf({ ".gitmodules": text })).toEqual([
    "Submodules are not checked out, their folders are empty: libs/one, two words.",
  ]);
});

test("files of Git LFS are told once, in whatever folder they are asked for", async () => {
  const text = "*.psd filter=lfs diff=lfs merge=lfs -text\n";
  expect(
    await partsOf({ ".gitattributes": "* text=auto\n", "art/.gitattributes": text, "b/.gitattributes": text }),
  ).toEqual(["Files of Git LFS are not fetched, they hold pointers instead of their content (art/.gitattributes)."]);
});
