import { isDeepStrictEqual } from "node:util";
import type { Sandbox } from "../domain/sandbox.ts";

/** Where commands that we find or people name get their meaning from. */
const definitions = ["package.json", "Makefile", "pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "Cargo.toml"];

/**
 * The files by which a change alters what the test command does, seen from a clean checkout of its head.
 * Of a `package.json` only the scripts count: a dependency more is an ordinary change.
 */
export async function redefinedBy(sandbox: Sandbox, baseSha: string, signal: AbortSignal): Promise<string[]> {
  const read = async (at: string, path: string) => {
    const line = 'git cat-file blob "$AT:$FILE" 2>/dev/null';
    const result = await sandbox.run({ line, env: { AT: at, FILE: path }, timeoutMs: 30_000 }, { signal });
    return result.exitCode === 0 ? result.output : undefined;
  };
  const names = await sandbox.run(
    { line: 'git diff --name-only "$BASE" HEAD', env: { BASE: baseSha }, timeoutMs: 60_000 },
    { signal },
  );
  const changed = names.output.split("\n").filter((path) => definitions.includes(path));
  const redefined: string[] = [];
  for (const path of changed) {
    const [before, after] = [await read(baseSha, path), await read("HEAD", path)];
    if (path !== "package.json" || !isDeepStrictEqual(scriptsOf(before), scriptsOf(after))) redefined.push(path);
  }
  return redefined;
}

function scriptsOf(manifest: string | undefined): unknown {
  try {
    return Object(JSON.parse(manifest ?? "{}")).scripts;
  } catch {
    return manifest; // No JSON: every difference counts.
  }
}
