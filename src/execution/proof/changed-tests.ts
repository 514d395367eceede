import { posix } from "node:path";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "../sandboxes/git-inside.ts";

const folders = /(?:^|\/)(?:tests?|__tests__|__snapshots__|specs?|testing|testdata|fixtures)\//i;
const names = [
  /[._-](?:test|spec)s?\.[a-z]+$/i, // cart.test.ts, cart_test.go, cart_spec.rb
  /^tests?(?:[._-].*)?\.[a-z]+$/i, // test_cart.py, test.js
  /^conftest\.py$/,
  /(?:Tests?|IT|Spec)\.(?:java|kt|kts|groovy|scala|cs|swift|php)$/, // CartTest.java
];

/** Whether a file holds tests, or what only tests need, by what people call such files. */
export function isTestFile(path: string): boolean {
  const name = posix.basename(path);
  return folders.test(path) || names.some((pattern) => pattern.test(name));
}

/** The files of tests that a change adds or alters, seen from a clean checkout of its head. */
export async function changedTests(sandbox: Sandbox, baseSha: string, signal: AbortSignal): Promise<readonly string[]> {
  const line = 'git diff --name-only --no-renames --diff-filter=AM -z "$BASE" HEAD --';
  const { output } = await git(sandbox, line, { BASE: baseSha }, signal);
  return output.split("\0").filter((path) => path !== "" && isTestFile(path));
}

/** Puts files of a change into a checkout of its base. */
export async function putTests(
  sandbox: Sandbox,
  bundle: Buffer,
  files: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const [change, list] = [`${sandbox.scratch}/tests.bundle`, `${sandbox.scratch}/tests`];
  await sandbox.writeFile(change, bundle);
  await sandbox.writeFile(list, Buffer.from(files.map((file) => `:(top,literal)${file}\0`).join("")));
  const line =
    'git fetch --quiet "$BUNDLE" refs/heads/change && git checkout --quiet FETCH_HEAD --pathspec-from-file="$LIST" --pathspec-file-nul';
  await git(sandbox, line, { BUNDLE: change, LIST: list }, signal);
}
