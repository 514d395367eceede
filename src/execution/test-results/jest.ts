import type { TestResult } from "../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const suite = /^(?:FAIL|PASS) (?:.* )?(\S+?)(?: \([\d.]+ m?s\))?$/;
const bullet = /^ {2}● (.+)$/;
const isEnd = (line: string) =>
  bullet.test(line) || suite.test(line) || /^(?:Test Suites:|Summary of all failing)/.test(line);

/** Jest's reporters name what failed below the file that it stands in. */
export function readJest(lines: readonly string[]): readonly TestResult[] {
  if (!lines.some((line) => line.startsWith("Test Suites: "))) return [];
  const tests = new Map<string, TestResult>();
  let file: string | undefined;
  for (const [index, line] of lines.entries()) {
    file = suite.exec(line)?.[1] ?? file;
    const name = bullet.exec(line)?.[1]?.replaceAll(" › ", " > ");
    if (file === undefined || name === undefined || name === "Console") continue;
    // Many failures are told a second time, as a summary.
    tests.set(`${file} ${name}`, { name, file, status: "failed", message: blockFrom(lines, index + 1, isEnd) });
  }
  return [...tests.values()];
}
