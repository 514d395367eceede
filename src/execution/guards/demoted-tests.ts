import { after, type DiffLine } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { type TestCase, type TestCases, testCasesOf } from "./test-cases.ts";

const declares =
  /^\s*(?:export\s+|public\s+|private\s+|protected\s+|internal\s+|pub\s+|async\s+|static\s+)*(?:def|func|function\*?|fn|fun|void|Task|const|let|var)\s+(\w+)/;

/** Tests whose code still stands where it stood, as a function that no runner and no other test calls. */
export const demotedTests: Guard = ({ files }) =>
  testCasesOf(files).flatMap((cases) =>
    cases.before
      .filter((test) => isDemoted(test, cases))
      .map(({ name }): GuardFinding => {
        const text = `the test ${quoteCode(name)} is no test any more: its code is there, and nothing runs it`;
        return { rule: "deleted-tests", severity: "blocks", file: cases.file.path, line: null, text };
      }),
  );

function isDemoted({ lines: [head, ...body] }: TestCase, cases: TestCases): boolean {
  const left = body.find(({ mark, text }) => mark === " " && /\w/.test(text));
  if (head?.mark !== "-" || left === undefined) return false;
  const now = cases.after.find(({ lines }) => lines.includes(left));
  // It is another test's now: it got a new name, or became a part of what stands above.
  if (now?.lines[0]?.mark === "+") return false;
  const { lines } = cases.file;
  const between = lines.slice(lines.indexOf(head) + 1, lines.indexOf(left) + 1).filter(({ mark }) => mark !== "-");
  const name = between.map(({ text }) => declares.exec(text)?.[1]).find((it) => it !== undefined);
  return name !== undefined && !isCalled(name, after(cases.file));
}

function isCalled(name: string, lines: readonly DiffLine[]): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return lines.some(({ text }) => word.test(text) && declares.exec(text)?.[1] !== name);
}
