import { posix } from "node:path";
import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { above } from "./conditional-tests.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { asserts, pairs, type TestCases, testCasesOf } from "./test-cases.ts";
import { isTestPath } from "./test-language.ts";

/** The runner ends well whatever the tests came to. */
const ends = /\b(?:process\.exit|os\._exit|os\.Exit|std::process::exit)\(\s*0\s*\)|\bsys\.exit\(\s*0?\s*\)/;
const endsLater = /\bprocess\.exitCode\s*=\s*0\b|\bexitstatus\s*=\s*(?:0\b|\S*ExitCode\.OK)/;
/** What asserts, or declares tests, is something else from then on. */
const replaced =
  /^\s*(?:assert(?:\.strict)?\.\w+|(?:global|globalThis)\.(?:expect|assert|it|test|describe))\s*=\s*(?:async\s*)?(?:\(|function\b|\w+\s*=>)/;
const writesReport =
  /\b(?:writeFile(?:Sync)?|outputFile(?:Sync)?|open|Create)\(.{0,60}(?:junit|TEST-|test-?(?:results?|reports?))[^"'`]*\.xml/i;
/** Hooks of pytest that choose what runs, and what may fail. */
const chooses =
  /\badd_marker\(\s*pytest\.mark\.(?:skip|xfail)|^\s*items\s*\[:\]\s*=(?!\s*sorted\()|^\s*items\.(?:remove|clear|pop)\(|\bpytest_deselected\(/;

/** A server that tests start ends so when it is told to. */
const whenTold = /\b(?:on|once)\(\s*["'`](?:SIG[A-Z]+|disconnect)["'`]/;

const isProgram = /(?:^|\/)(?:fixtures?|testdata|examples?)\//;

/** Helpers of tests that decide how a run ends, or what of it is seen. */
export const riggedRuns: Guard = ({ files }) =>
  files
    .filter(({ path, status }) => status !== "deleted" && isTestPath(path) && !isProgram.test(path))
    .flatMap((file) => {
      // What an old test does by itself is found there.
      const inTests = new Set(testCasesOf([file]).flatMap(oldTests));
      const outside = (pattern: RegExp) =>
        gained(file, pattern).filter((line) => !inTests.has(line) && pattern.test(withoutStrings(line)));
      const ownReports = withoutTests(file, gained(file, writesReport));
      const hooks = posix.basename(file.path) === "conftest.py" ? gained(file, chooses) : [];
      const well = "ends the tests well, whatever they came to";
      return [
        ...outside(ends)
          .filter((line) => !isToldTo(file, line))
          .map((line) => found(file, line, file.status === "added" ? "draft" : "blocks", well)),
        ...outside(endsLater).map((line) => found(file, line, "blocks", well)),
        ...outside(replaced).map((line) =>
          found(file, line, "blocks", "puts something else in place of the test runner"),
        ),
        ...ownReports.map((line) => found(file, line, "draft", "writes a report of the tests by itself")),
        ...hooks.map((line): GuardFinding => {
          return { ...found(file, line, "draft", "chooses which tests run or may fail"), rule: "skipped-tests" };
        }),
      ];
    });

function isToldTo({ lines }: FileDiff, line: DiffLine): boolean {
  if (whenTold.test(line.text)) return true;
  const head = above(lines, lines.indexOf(line));
  return head !== undefined && whenTold.test(head.text);
}

function oldTests(cases: TestCases): readonly DiffLine[] {
  const { language } = cases;
  return pairs(cases).flatMap(([, { lines }]) => (lines.some(({ text }) => asserts(text, language)) ? lines : []));
}

function withoutTests(file: FileDiff, lines: readonly DiffLine[]): readonly DiffLine[] {
  if (lines.length === 0) return [];
  const inTests = new Set(testCasesOf([file]).flatMap(({ after }) => after.flatMap((test) => test.lines)));
  return lines.filter((line) => !inTests.has(line));
}

const remark = /^\s*(?:\/\/|#|\*)/;

/** What a line does: a program that a test starts may end as it likes, and a remark is free. */
export function withoutStrings({ text }: Pick<DiffLine, "text">): string {
  return remark.test(text) ? "" : text.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""');
}

function found({ path }: FileDiff, line: DiffLine, severity: GuardFinding["severity"], does: string): GuardFinding {
  return { rule: "weakened-tests", severity, file: path, line: line.n, text: `${quoteCode(line.text)} ${does}` };
}
