import type { Failures, TestReport } from "../../domain/evidence.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { keyOf, type NamedTest, nameKeyOf } from "./test-key.ts";
import { testsNamedIn } from "./tests-named-in.ts";

/** Of these, more may have failed than a report holds. */
const maxTests = 1000;

type Outcome = Pick<TestReport, "stage" | "timed_out" | "exit_code" | "passed" | "tests" | "counts">;

/** All tests that failed in a run; `undefined` where not all of them are known by name. */
export function failedIn({ stage, timed_out, exit_code, passed, tests, counts }: Outcome) {
  if (stage !== "test" || timed_out || exit_code === null) return undefined;
  if (passed) return [];
  const failed = tests?.filter(({ status }) => status === "failed") ?? [];
  const isAll = failed.length > 0 && failed.length >= (counts?.failed ?? 0) && failed.length < maxTests;
  return isAll ? failed : undefined;
}

/** Whether a second run can tell more: some tests failed with the change only, perhaps by chance. */
export function mayBeFlaky(base: TestReport, head: TestReport): boolean {
  const [known, red] = [failedIn(base), failedIn(head)];
  return known !== undefined && red !== undefined && without(red, known).length > 0;
}

/** The failed tests of a change; `undefined` where nothing failed or nothing can be told of them. */
export function tellApart(base: TestReport, head: TestReport, again: TestReport | undefined): Failures | undefined {
  const [known, red] = [failedIn(base), failedIn(head)];
  if (known === undefined || red === undefined || head.passed) return undefined;
  const fresh = without(red, known);
  const second = again && failedIn(again);
  const broken = second === undefined ? fresh : without(fresh, without(fresh, second));
  const late = second === undefined ? [] : without(without(second, known), red);
  // Something besides the tests failed, a threshold of coverage say.
  if (broken.length === 0 && !endsAlike(base, again ?? head)) return undefined;
  return { known_red: [...without(red, fresh)], flaky: [...without(fresh, broken), ...late], broken: [...broken] };
}

/** The same, seen by somebody who has read the ticket: what it names is not left red because it was red before. */
export function withAsked(failures: Failures | undefined, ticket: string): Failures | undefined {
  const asked = testsNamedIn(ticket, failures?.known_red ?? []);
  if (failures === undefined || asked.length === 0) return failures;
  return { ...failures, known_red: [...without(failures.known_red, asked)], asked: [...asked] };
}

/** Whether no failed test counts against a change. */
export function isForgiven(failures: Failures | undefined): boolean {
  return failures !== undefined && failures.broken.length === 0 && failures.asked === undefined;
}

/** Some runners exit with the number of what failed. */
function endsAlike(base: TestReport, last: TestReport): boolean {
  return last.passed || last.exit_code === base.exit_code || last.exit_code === failedIn(last)?.length;
}

/**
 * The tests that fail on the base and not with the change. One that is skipped now, or not there any more, is not mended: which that is
 * can be told where the runner names what passed.
 */
export function mendedBy(base: TestReport, head: TestReport): readonly TestResult[] {
  const [before, red] = [failedIn(base), failedIn(head)];
  if (before === undefined || red === undefined) return [];
  const passed = passedIn(head);
  const skipped = new Set(head.tests?.flatMap((test) => (test.status === "skipped" ? [nameKeyOf(test)] : [])));
  // Of several that are called alike one more has to pass than before: the red one may be gone.
  const green = Map.groupBy(without(passed, passedIn(base), nameKeyOf), nameKeyOf);
  return without(before, red).filter((test) => {
    if (!namesPassed(head)) return !skipped.has(nameKeyOf(test));
    return green.get(nameKeyOf(test))?.pop() !== undefined || isGroup(test, passed);
  });
}

export function passedIn({ tests = [] }: TestReport): readonly TestResult[] {
  return tests.filter(({ status }) => status === "passed");
}

/** Whether all that passed is known by name. */
export function namesPassed(report: TestReport): boolean {
  const { length } = passedIn(report);
  return length > 0 && length < maxTests && length >= (report.counts?.passed ?? 0);
}

/** Groups fail over their tests, and are not named where they do not. */
function isGroup(group: TestResult, tests: readonly TestResult[]): boolean {
  return tests.some((test) => nameKeyOf(test).startsWith(`${nameKeyOf(group)} > `));
}

/** Those of `tests` that are not among the others. One that stands there twice is taken away twice. */
export function without<Test extends NamedTest>(
  tests: readonly Test[],
  others: readonly NamedTest[],
  key = keyOf,
): readonly Test[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(key(other), (left.get(key(other)) ?? 0) + 1);
  return tests.filter((test) => {
    const count = left.get(key(test)) ?? 0;
    left.set(key(test), count - 1);
    return count <= 0;
  });
}
