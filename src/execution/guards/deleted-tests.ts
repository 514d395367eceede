import { posix } from "node:path";
import { after, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { mentions, removedNames } from "./removed-names.ts";
import { type TestCase, type TestCases, testCasesOf } from "./test-cases.ts";
import { isSource, isTestPath, stemOf } from "./test-language.ts";

const shown = 5;
// One test with a table in place of several.
const table =
  /\.each\b|parametrize|ParameterizedTest|\[Theory|InlineData|#\[(?:case|rstest)|range\s+tests|@MethodSource|dataProvider/;

/** Tests that are gone, unless they moved, were renamed, or went with the code that they were about. */
export const deletedTests: Guard = ({ files }) => {
  const gone = removedNames(files);
  const cases = testCasesOf(files);
  const kept = new Set(cases.flatMap(({ file }) => after(file)).flatMap(wordsOf));
  const names = new Set(cases.flatMap((it) => it.after.map(({ name }) => name)));
  const lostOf = (it: TestCases) => it.before.filter((test) => !names.has(test.name) && !survives(test, kept));
  return [
    ...cases.flatMap((it) => finding(it, lostOf(it), gone, files)),
    ...files.filter(isOutOfSight).map(({ path, from }): GuardFinding => {
      const text = `the test file ${quoteCode(from ?? "")} gets a name that no test runner looks for`;
      return { rule: "deleted-tests", severity: "blocks", file: path, line: null, text };
    }),
  ];
};

function finding(
  it: TestCases,
  lost: readonly TestCase[],
  gone: ReadonlySet<string>,
  files: readonly FileDiff[],
): readonly GuardFinding[] {
  const { file } = it;
  const [first] = lost;
  if (first === undefined) return [];
  const fewer = it.before.length - it.after.length;
  const withTheirCode =
    lost.every(({ lines }) => mentions(lines, gone)) || (file.status === "deleted" && codeIsGone(file, files));
  const asTable = it.after.length > 0 && after(file).some(({ mark, text }) => mark === "+" && table.test(text));
  const told = lost.slice(0, shown).map(({ name }) => quoteCode(name));
  const more = lost.length > shown ? ` and ${lost.length - shown} more` : "";
  const what =
    file.status === "deleted" ? "the test file is deleted, with" : fewer > 0 ? "gone:" : "replaced by other tests:";
  return [
    {
      rule: "deleted-tests",
      severity: fewer <= 0 || withTheirCode || asTable ? "note" : "blocks",
      file: file.path,
      line: null,
      text: `${what} ${lost.length === 1 ? "the test" : `${lost.length} tests,`} ${told.join(", ")}${more}`,
    },
  ];
}

/** Whether half of what it said is still said somewhere. */
function survives({ lines }: TestCase, kept: ReadonlySet<string>): boolean {
  const body = lines.slice(1).flatMap(wordsOf);
  return body.length > 0 && body.filter((line) => kept.has(line)).length * 2 >= body.length;
}

function wordsOf({ text }: DiffLine): readonly string[] {
  const line = text.trim();
  return /\w\W+\w/.test(line) ? [line] : [];
}

/** What only helped tests before may go elsewhere. */
function isOutOfSight({ path, from }: FileDiff): boolean {
  if (from === null || !isTestPath(from)) return false;
  const isCalledTest = (name: string) => isTestPath(posix.basename(name));
  const helps = /(?:helper|fixture|support|util)/i.test(path);
  // In a folder of tests some runners take a file by any name.
  return isTestPath(path) ? helps && isCalledTest(from) && !isCalledTest(path) : isCalledTest(from) || !helps;
}

/** `cart.test.ts` is about `cart.ts`, `test_cart.py` about `cart.py`. */
function codeIsGone({ path }: FileDiff, files: readonly FileDiff[]): boolean {
  const stem = stemOf(path);
  return files.some(
    (it) => it.status === "deleted" && isSource(it.path) && !isTestPath(it.path) && stemOf(it.path) === stem,
  );
}
