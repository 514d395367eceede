import { after, type DiffLine } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { type TestCase, testCasesOf } from "./test-cases.ts";

const declares =
  /^\s*(?:export\s+|public\s+|private\s+|protected\s+|internal\s+|pub\s+|async\s+|static\s+)*(?:def|func|function\*?|fn|fun|void|Task|const|let|var)\s+(\w+)/;

/** Tests whose code still stands where it stood, as a function that no runner and no other test calls. */
export const demotedTests: Guard = ({ files }) =>
  testCasesOf(files).flatMap((cases) => {
    const { file } = cases;
    const holder = new Map(cases.after.flatMap((test) => test.lines.map((line) => [line, test] as const)));
    const at = new Map(file.lines.map((line, index) => [line, index]));
    let called: ReadonlySet<string> | undefined;
    return cases.before
      .filter((test) => {
        const name = nameNow(test, file.lines, holder, at);
        called = name === undefined ? called : (called ?? calledIn(after(file)));
        return name !== undefined && called?.has(name) !== true;
      })
      .map(({ name }): GuardFinding => {
        const text = `the test ${quoteCode(name)} is no test any more: its code is there, and nothing runs it`;
        return { rule: "deleted-tests", severity: "blocks", file: file.path, line: null, text };
      });
  });

/** What the function is called that a test has become; `undefined` where it became none. */
function nameNow(
  { lines: [head, ...body] }: TestCase,
  lines: readonly DiffLine[],
  holder: ReadonlyMap<DiffLine, TestCase>,
  at: ReadonlyMap<DiffLine, number>,
): string | undefined {
  const left = body.find(({ mark, text }) => mark === " " && /\w/.test(text));
  if (head?.mark !== "-" || left === undefined) return undefined;
  // It is another test's now: it got a new name, or became a part of what stands above.
  if (holder.get(left)?.lines[0]?.mark === "+") return undefined;
  const between = lines.slice((at.get(head) ?? 0) + 1, (at.get(left) ?? 0) + 1).filter(({ mark }) => mark !== "-");
  return between.map(({ text }) => declares.exec(text)?.[1]).find((it) => it !== undefined);
}

/** Every word, but for the names that functions get. */
function calledIn(lines: readonly DiffLine[]): ReadonlySet<string> {
  return new Set(
    lines.flatMap(({ text }) => {
      const own = declares.exec(text)?.[1];
      return (text.match(/\w+/g) ?? []).filter((word) => word !== own);
    }),
  );
}
