import { after, before, type FileDiff } from "../../domain/diff.ts";
import type { Evidence, TestReport } from "../../domain/evidence.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { testLanguageOf } from "../guards/test-language.ts";
import { isTestFile } from "./changed-tests.ts";
import { leavesOf } from "./leaves-of.ts";
import { isPath, isSameFile } from "./regression-of.ts";
import { failedIn, namesPassed, passedIn, without } from "./tell-apart.ts";
import { type NamedTest, nameKeyOf } from "./test-key.ts";

export type Gone = NonNullable<NonNullable<Evidence>["gone"]>;

const maxTests = 100;

/** How many tests ran, not counting those that were skipped; `undefined` where nobody counted them. */
export function ranIn({ counts }: Pick<TestReport, "counts">): number | undefined {
  return counts === null ? undefined : counts.passed + counts.failed;
}

/** Whether tests that ran on the base may not run with a change: then its diff has to say why. */
export function mayHaveGone(base: TestReport, head: TestReport): boolean {
  const [was, is = 0] = [ranIn(base), ranIn(head)];
  if (was === undefined || base.timed_out || head.timed_out || head.stage === "setup") return false;
  return is < was || (namedGone(base, head) ?? []).length > 0;
}

/**
 * The tests that ran on the base and do not run with a change, and how many of them its diff does not explain: no changed or deleted test
 * was one of them. Where a runner names none their number tells, and each line that changed tests lost explains one of them. `undefined` where as many
 * ran as before and the others are explained: they have other names now.
 */
export function goneTests(base: TestReport, head: TestReport, files: readonly FileDiff[]): Gone | undefined {
  const fewer = (ranIn(base) ?? 0) - (ranIn(head) ?? 0);
  const named = namedGone(base, head);
  const touched = files.filter(isTouchedTest);
  if (named === undefined) {
    // That nothing is counted any more no deleted test explains.
    const told = head.counts === null ? 0 : touched.flatMap(lostLines).length;
    return fewer <= 0 ? undefined : { tests: [], more: 0, unexplained: Math.max(fewer - told, 0) };
  }
  const [unexplained, explained] = [true, false].map((wanted) =>
    named.filter((test) => !touched.some((file) => explains(file, test)) === wanted),
  );
  const count = unexplained?.length ?? 0;
  if (named.length === 0 || (count === 0 && fewer <= 0)) return undefined;
  const tests = [...(unexplained ?? []), ...(explained ?? [])].map(({ name, file, suite }) => ({
    name,
    ...(file !== undefined && { file }),
    ...(suite !== undefined && { suite }),
  }));
  return { tests: tests.slice(0, maxTests), more: Math.max(tests.length - maxTests, 0), unexplained: count };
}

/** By name, where both runs name all that ran, and name it alike. */
function namedGone(base: TestReport, head: TestReport): readonly TestResult[] | undefined {
  const [red, nowRed] = [failedIn(base), failedIn(head)];
  if (red === undefined || nowRed === undefined || !namesPassed(base) || !namesPassed(head)) return undefined;
  const [were, are] = [leavesOf([...red, ...passedIn(base)]), [...nowRed, ...passedIn(head)]];
  const gone = without(were, are, sameKey).filter(isTest);
  if (gone.length === were.length) return undefined;
  // In a group with another name they still run.
  return without(gone, without(are, were, sameKey), (test) => sameKey({ name: leafOf(test) }));
}

/** Times, ports and the like differ from one run to the next. */
function sameKey({ name, suite }: NamedTest): string {
  return nameKeyOf({ ...(suite !== undefined && { suite }), name: name.replaceAll(/[0-9a-f]{8,}|\d+/gi, "0") });
}

function leafOf({ name }: NamedTest): string {
  return name.split(/ > |::/).at(-1) ?? name;
}

/** Not a file or a hook, which are named only where they fail. */
function isTest({ name, file, status }: TestResult): boolean {
  const isOther = /(?:^| > )(?:Test suite failed to run|unhandled error|the package|"(?:before|after) \w+" hook.*)$/;
  return status === "passed" || !(isOther.test(name) || (file !== undefined && name.endsWith(file)));
}

function isTouchedTest(file: FileDiff): boolean {
  return file.status !== "added" && (testLanguageOf(file) !== undefined || isTestFile(file.from ?? file.path));
}

/** What a change takes out of a file and does not put back elsewhere in it. */
function lostLines(file: FileDiff): readonly string[] {
  const kept = new Set(after(file).map(({ text }) => text.trim()));
  return before(file).flatMap(({ text }) => (text.trim() === "" || kept.has(text.trim()) ? [] : [text]));
}

/** Whether the file held the test, lost something, and does not hold it any more as it did. */
function explains(file: FileDiff, test: TestResult): boolean {
  const lost = lostLines(file);
  const isElsewhere = isPath(test.file) && !isSameFile(file.from ?? file.path, test.file);
  if (lost.length === 0 || isElsewhere) return false;
  const said = new Set(before(file).flatMap(({ text }) => wordsOf(text)));
  const leaf = leafOf(test);
  const isStillThere = after(file).some(({ text }) => text.includes(leaf)) && !lost.some((text) => text.includes(leaf));
  return wordsOf(leaf).every((word) => said.has(word)) && !isStillThere;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\p{L}+/gu) ?? [];
}
