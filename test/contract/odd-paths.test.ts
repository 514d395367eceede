import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { restoreCheckpoint, takeCheckpoint } from "../../src/execution/coding/checkpoint.ts";
import { takeChange } from "../../src/execution/sandboxes/take-change.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";

const names = [
  "a folder/a file",
  "line\nbreak",
  "ümlaut/日本.txt",
  '"quoted" \\ back',
  "-dash",
  " space ",
  ".venv.txt",
];
const signal = new AbortController().signal;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
const commit = { message: "Change", author: { name: "Ada", email: "ada@example.com" } };

test("names with spaces, line breaks, quotes and all of Unicode go through checkout, checkpoint and change", async () => {
  using mirror = bareMirror(Object.fromEntries(names.map((name) => [name, "old\n"])));
  const git = (...args: string[]) => execFileSync("git", ["--git-dir", mirror.path, ...args], { encoding: "utf8" });
  const baseSha = git("rev-parse", "main").trim();
  const workspace = async () => {
    const request = {
      runId: "run-1",
      lease: 1,
      purpose: "work",
      mirror: mirror.path,
      network: "none",
      limits,
    } as const;
    const sandbox = await processProvider({ owner: "test-odd" }).create(request, { signal });
    const line = 'git clone --quiet --shared "$MIRROR" . && git checkout --quiet -B change';
    await sandbox.run({ line, env: { MIRROR: sandbox.mirror }, timeoutMs: 60_000 }, { signal });
    return sandbox;
  };

  await using first = await workspace();
  for (const name of names) await first.writeFile(`${first.workspace}/${name}`, Buffer.from(`new ${name}\n`));
  await first.writeFile(`${first.workspace}/more\nof ü/it`, Buffer.from("it\n"));
  await first.run({ line: "rm -- ' space '", timeoutMs: 60_000 }, { signal });
  const taken = await takeCheckpoint(first, baseSha, undefined, signal);
  expect(await takeCheckpoint(first, baseSha, taken?.tree, signal)).toBeUndefined();

  await using second = await workspace();
  // What a set-up left there is in the checkpoint as well, and not in its way.
  await second.writeFile(`${second.workspace}/more\nof ü/it`, Buffer.from("by the set-up\n"));
  await second.writeFile(`${second.workspace}/-dash`, Buffer.from("by the set-up\n"));
  await restoreCheckpoint(second, taken?.patch ?? Buffer.alloc(0), signal);
  expect(await takeCheckpoint(second, baseSha, taken?.tree, signal)).toBeUndefined();

  const change = await takeChange(second, baseSha, commit, signal);
  const folder = mkdtempSync(join(tmpdir(), "odd-paths-"));
  try {
    writeFileSync(join(folder, "bundle"), change?.bundle ?? "");
    git("fetch", "--quiet", join(folder, "bundle"), "refs/heads/change:refs/heads/change");
  } finally {
    rmSync(folder, { recursive: true });
  }
  const left = names.filter((name) => name !== " space ");
  expect(git("ls-tree", "-r", "-z", "--name-only", "change").split("\0").slice(0, -1).sort()).toEqual(
    [...left, "more\nof ü/it"].sort(),
  );
  for (const name of left) expect(git("cat-file", "blob", `change:${name}`)).toBe(`new ${name}\n`);
});
