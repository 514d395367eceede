import { NightshiftError } from "../../domain/errors.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "../sandboxes/git-inside.ts";
import type { Report } from "./test-results/read-test-results.ts";

/** Where runners leave JUnit's XML, mostly. */
const usual = [
  "**/TEST-*.xml",
  "**/*junit*.xml",
  "**/junit/*.xml",
  "**/test-results/*.xml",
  "**/test-results*.xml",
  "**/test-reports/*.xml",
  "**/test-report*.xml",
] as const;

const maxReports = 200;
const maxBytes = 20_000_000;

interface Watched {
  /** What is tested brings changes to this commit, and no report that it brings is one of its tests. */
  readonly baseSha: string;
  readonly patterns?: readonly string[] | undefined;
}

/** Gives what the test command wrote as reports from now on: what lay there before tells of another run. */
export async function watchReports(
  sandbox: Sandbox,
  { baseSha, patterns = usual }: Watched,
  signal: AbortSignal,
): Promise<() => Promise<readonly Report[]>> {
  const mark = `${sandbox.scratch}/tests-began`;
  await sandbox.run({ line: 'touch "$MARK"', env: { MARK: mark }, timeoutMs: 30_000 }, { signal });
  // Before the tests, which could hide it.
  const brought = await broughtAlong(sandbox, baseSha, patterns, signal);
  return async () => {
    const written = await writtenSince(sandbox, mark, patterns, signal);
    const paths = written.filter((path) => !brought.has(path));
    const reports: Report[] = [];
    let left = maxBytes;
    for (const path of paths.slice(0, maxReports)) {
      const report = await readReport(sandbox, path, left);
      left -= report.length;
      if (report.length > 0) reports.push({ path, text: report.toString("utf8") });
    }
    return reports;
  };
}

/** In the index, where the files of a change are also where only its tests were put onto the base. */
async function broughtAlong(
  sandbox: Sandbox,
  baseSha: string,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const env = Object.fromEntries(patterns.map((pattern, n) => [`PATTERN_${n}`, pattern.replaceAll("**/", "*")]));
  const any = Object.keys(env).map((name) => `"$${name}"`);
  const line = `git diff --cached --name-only --no-renames -z "$BASE" -- ${any.join(" ")}`;
  const { output } = await git(sandbox, line, { BASE: baseSha, ...env }, signal);
  return new Set(output.split("\0"));
}

async function writtenSince(
  sandbox: Sandbox,
  mark: string,
  patterns: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  // By the environment, where the shell takes nothing in them for its own.
  const named = patterns.map((pattern, n) => [`PATTERN_${n}`, `./${pattern.replaceAll("**/", "*")}`] as const);
  const any = named.map(([name]) => `-path "$${name}"`).join(" -o ");
  const line = `find . \\( -name .git -o -name node_modules \\) -prune -o -type f -newer "$MARK" \\( ${any} \\) -print0 | sort -z`;
  const env = { MARK: mark, ...Object.fromEntries(named) };
  const { output } = await sandbox.run({ line, env, timeoutMs: 60_000 }, { signal });
  return output.split("\0").flatMap((path) => (path.startsWith("./") ? [path.slice(2)] : []));
}

/** Nothing of one that is too long, or gone. */
async function readReport(sandbox: Sandbox, path: string, maxBytes: number): Promise<Buffer> {
  try {
    return await sandbox.readFile(`${sandbox.workspace}/${path}`, { maxBytes });
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "bad_input") return Buffer.alloc(0);
    throw error;
  }
}
