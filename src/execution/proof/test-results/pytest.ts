import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const section = /^_{3,} (.+?) _{3,}$/;
const verbose = /^(\S+::.+?) (PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS)\b/;
const statuses: Readonly<Record<string, TestResult["status"]>> = {
  ...{ PASSED: "passed", XPASS: "passed", FAILED: "failed", ERROR: "failed", SKIPPED: "skipped", XFAIL: "skipped" },
};

/** Pytest's short summary names what failed; with `-v` the others stand above it. */
export function readPytest(lines: readonly string[]): readonly TestResult[] {
  const summary = lines.findLastIndex((line) => /^=+ short test summary info =+$/.test(line));
  const tests = new Map<string, TestResult>();
  for (const line of lines) {
    const [, id, word] = verbose.exec(line) ?? [];
    const status = statuses[word ?? ""];
    if (id !== undefined && status !== undefined) tests.set(id, { ...named(id), status });
  }
  if (summary === -1) return [...tests.values()];
  const reasons = reasonsIn(lines.slice(0, summary));
  for (const line of lines.slice(summary + 1)) {
    const rest = /^(?:FAILED|ERROR) (.+)$/.exec(line)?.[1];
    if (rest === undefined) continue;
    const [id, short] = splitReason(rest);
    const test = named(id);
    const message = reasons.get(sectionOf(id)) ?? short;
    // A test that fails and then fails to clean up is told twice.
    tests.set(id, { ...test, status: "failed", ...(message !== undefined && { message }) });
  }
  return [...tests.values()];
}

function named(id: string): Pick<TestResult, "name" | "file"> {
  const [file = "", ...path] = id.split("::");
  return { name: path.length === 0 ? file : path.join(" > "), file };
}

/** Parameters stand in brackets and may hold anything, also what else stands before the reason. */
function splitReason(rest: string): readonly [string, string | undefined] {
  const bracket = rest.indexOf("[");
  const dash = rest.indexOf(" - ");
  const from = bracket !== -1 && (dash === -1 || bracket < dash) ? rest.indexOf("] - ", bracket) + 1 : dash;
  if (from <= 0) return [rest, undefined];
  return [rest.slice(0, from), rest.slice(from + 3)];
}

/** `TestBill.test_rounded`, as the heading above its traceback has it. */
function sectionOf(id: string): string {
  const [file = "", ...path] = id.split("::");
  return path.length === 0 ? file : path.join(".");
}

function reasonsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const isEnd = (line: string) => section.test(line) || /^={3,}/.test(line);
  return new Map(
    lines.flatMap((line, index) => {
      const title = section.exec(line)?.[1]?.replace(/^ERROR (?:at (?:setup|teardown) of|collecting) /, "");
      if (title === undefined) return [];
      return [[title, [...causeFrom(lines, index + 1, isEnd), blockFrom(lines, index + 1, isEnd)].join("\n")] as const];
    }),
  );
}

/** The lines that say what went wrong stand below the whole source of the test, or a page of Python's own calls: where that is long, they come first. */
function causeFrom(lines: readonly string[], from: number, isEnd: (line: string) => boolean): readonly string[] {
  const some = lines.slice(from, from + 500);
  const end = some.findIndex(isEnd);
  const block = end === -1 ? some : some.slice(0, end);
  const first = block.findIndex((line) => /^E {2,}/.test(line));
  if (first < 12) return [];
  return [...block.filter((line) => /^E {2,}/.test(line)).slice(0, 15), ""];
}
