import type { TestResult } from "../../../domain/test-result.ts";
import { keyOf } from "../test-key.ts";
import { blockFrom } from "./lines-of.ts";

// In colours the word is a badge, with a space on each side; what stands in the first folder is named `./a.test.js`.
const suite = /^ ?(?:FAIL|PASS) (?:(.*) )?(?:\.\/)?(\S+?)(?: \([\d.]+ m?s\))?$/;
const bullet = /^ {2}● (.+)$/;
const row = /^( {2,})([✓○✎√]) (?:(?:skipped|todo) )?(.+?)(?: \((\d+(?:\.\d+)?) m?s\))?$/u;
const group = /^( {2,})(\S.*)$/;
const isEnd = (line: string) =>
  bullet.test(line) || suite.test(line) || /^(?:Test Suites:|Snapshot Summary|Summary of all failing)/.test(line);

/** Jest's reporters name what failed below the file that it stands in; where there is one file only, or with `--verbose`, the others too. */
export function readJest(lines: readonly string[]): readonly TestResult[] {
  if (!lines.some((line) => line.startsWith("Test Suites: "))) return [];
  const tests = new Map<string, TestResult>();
  let place: Pick<TestResult, "file" | "suite"> | undefined;
  for (const [index, line] of lines.entries()) {
    const [, project = "", file] = suite.exec(line) ?? [];
    if (file !== undefined) {
      const suite = project.trim();
      place = { file, ...(suite !== "" && { suite }) };
      for (const test of listed(lines, index + 1, place)) tests.set(keyOf(test), test);
    }
    const name = bullet.exec(line)?.[1]?.replaceAll(" › ", " > ");
    if (place === undefined || name === undefined || name === "Console") continue;
    const test = { name, ...place, status: "failed", message: blockFrom(lines, index + 1, isEnd) } as const;
    // Many failures are told a second time, as a summary.
    tests.set(keyOf(test), test);
  }
  return [...tests.values()];
}

/** The tree of a file's tests, which stands right below its name; of those that failed more is told elsewhere. */
function listed(
  lines: readonly string[],
  from: number,
  place: Pick<TestResult, "file" | "suite">,
): readonly TestResult[] {
  const tests: TestResult[] = [];
  const path: string[] = [];
  for (const line of lines.slice(from)) {
    const [, inner = "", mark, name = "", ms] = row.exec(line) ?? [];
    const [, indent = "", title = ""] = group.exec(line) ?? [];
    if (indent === "" || title.startsWith("●")) break;
    if (mark === undefined) {
      path.splice(indent.length / 2 - 1, path.length, title);
      continue;
    }
    const status = mark === "✓" || mark === "√" ? "passed" : "skipped";
    const groups = path.slice(0, inner.length / 2 - 1);
    const duration = ms === undefined ? {} : { duration_ms: Number(ms) };
    tests.push({ name: [...groups, name].join(" > "), ...place, status, ...duration });
  }
  return tests;
}
