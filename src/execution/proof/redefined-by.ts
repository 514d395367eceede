import { isDeepStrictEqual } from "node:util";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "../sandboxes/git-inside.ts";
import { testDefinitions } from "../sandboxes/repository-commands.ts";

/** Of which these parts count, and no more: a dependency more is an ordinary change. */
const manifests = ["package.json", "composer.json"];
const parts = ["scripts", "jest", "mocha", "ava"] as const;

/** The files by which a change alters what the test command does, seen from a clean checkout of its head. */
export async function redefinedBy(sandbox: Sandbox, baseSha: string, signal: AbortSignal): Promise<string[]> {
  const read = async (at: string, path: string) => {
    const line = 'git cat-file blob "$AT:$FILE" 2>/dev/null';
    const result = await sandbox.run({ line, env: { AT: at, FILE: path }, timeoutMs: 30_000 }, { signal });
    return result.exitCode === 0 ? result.output : undefined;
  };
  // Only these are asked for, so that no number of other files can push a name out of the output that is kept.
  const pathspecs = testDefinitions.map((each) => `'${each}'`).join(" ");
  const line = `git diff --name-only --no-renames -z "$BASE" HEAD -- ${pathspecs}`;
  const { output } = await git(sandbox, line, { BASE: baseSha }, signal);
  const redefined: string[] = [];
  for (const path of output.split("\0").filter((each) => each !== "")) {
    const isSame = async () => isDeepStrictEqual(partsOf(await read(baseSha, path)), partsOf(await read("HEAD", path)));
    if (!manifests.includes(path) || !(await isSame())) redefined.push(path);
  }
  return redefined;
}

function partsOf(manifest: string | undefined): unknown {
  try {
    const read = Object(JSON.parse(manifest ?? "{}"));
    return parts.map((part) => read[part]);
  } catch {
    return manifest; // No JSON: every difference counts.
  }
}
