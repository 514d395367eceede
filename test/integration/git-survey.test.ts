import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Mirror } from "../../src/domain/forge.ts";
import { committedFiles } from "../../src/forge/committed-files.ts";
import { createGit, type Git } from "../../src/forge/git.ts";
import { readBlobs } from "../../src/forge/read-blobs.ts";
import { surveys } from "../../src/forge/survey.ts";
import { commitFiles } from "../../src/playground/github/git/commit-files.ts";
import { type BareMirror, bareMirror } from "../support/bare-mirror.ts";

const git = createGit(process.env);
const { signal } = new AbortController();
const outlines = "export function add() {}\n";
const shop = {
  "src/cart.ts": 'import { add } from "./sum.ts";\nexport class Cart {}\n',
  "src/sum.ts": outlines,
  "src/copy of sum.ts": outlines,
  "docs/ü.md": "# Nothing to outline\n",
  "vendor/lib.ts": "export function theirs() {}\n",
  "dist/app.min.js": "function x(){}",
  "src/huge.ts": `export const a = "${"x".repeat(200_000)}";\n`,
};

const headOf = ({ path }: BareMirror): Mirror => {
  const headSha = execFileSync("git", ["-C", path, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  return { path, defaultBranch: "main", headSha };
};

test("a commit is surveyed from the mirror: what its code declares and imports, others' code and what is huge left out", async () => {
  using repository = bareMirror(shop);
  const mirror = headOf(repository);
  const survey = await surveys(git, committedFiles(git))(mirror, mirror.headSha, { signal });
  expect(survey).toEqual({
    paths: ["docs/ü.md", "src/cart.ts", "src/copy of sum.ts", "src/huge.ts", "src/sum.ts"],
    outlines: new Map([
      ["src/cart.ts", { symbols: ["Cart"], imports: ["./sum.ts"] }],
      ["src/copy of sum.ts", { symbols: ["add"], imports: [] }],
      ["src/sum.ts", { symbols: ["add"], imports: [] }],
    ]),
    touched: [Object.keys(shop).toSorted()],
    complete: true,
  });
});

test("of a newer commit only what is new is read, and what it touched comes first", async () => {
  using repository = bareMirror(shop);
  const mirror = headOf(repository);
  const read: string[] = [];
  const noting: Git = (args, options) => {
    if (args[0] === "cat-file") read.push(options.input ?? "");
    return git(args, options);
  };
  const survey = surveys(noting, committedFiles(git));
  await survey(mirror, mirror.headSha, { signal });
  const author = { name: "Ada", email: "ada@localhost" };
  const files = { "src/sum.ts": "export function sum() {}\n" };
  const commit = { branch: "main", message: "Newer", files, author, date: new Date("2030-01-01T00:00:00Z") };
  const newer = await commitFiles(repository.path, commit);
  const { outlines, touched } = await survey(mirror, newer, { signal });

  expect(touched[0]).toEqual(["src/sum.ts"]);
  expect(outlines.get("src/sum.ts")?.symbols).toEqual(["sum"]);
  const hash = execFileSync("git", ["-C", repository.path, "rev-parse", `${newer}:src/sum.ts`], { encoding: "utf8" });
  expect(read.at(-1)?.split("\n").filter(Boolean)).toContain(hash.trim());
  expect(read.at(-1)?.split("\n").filter(Boolean)).not.toContain(
    execFileSync("git", ["-C", repository.path, "rev-parse", `${newer}:src/cart.ts`], { encoding: "utf8" }).trim(),
  );
});

test("texts come whole and in order, whatever is in them, and what is missing or too large is passed over", async () => {
  const texts = ["", "a\nb", "no end", `ü\0${"x".repeat(100_000)}\n`, "y".repeat(300_000)];
  using repository = bareMirror(Object.fromEntries(texts.map((text, n) => [`${n}.txt`, text])));
  const mirror = headOf(repository);
  const { hashes } = await committedFiles(git)(mirror, mirror.headSha);
  const asked = ["0".repeat(40), ...hashes.values()];
  const seen: string[] = [];
  await readBlobs(git, mirror, asked, (_, text) => seen.push(text), { maxBytes: 200_000, signal });
  expect(seen).toEqual(texts.slice(0, 4));
});

test("a survey that is cancelled ends with that", async () => {
  using repository = bareMirror(shop);
  const mirror = headOf(repository);
  const survey = surveys(git, committedFiles(git));
  await expect(survey(mirror, mirror.headSha, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "cancelled",
  });
});
