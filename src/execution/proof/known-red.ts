import type { TestReport } from "../../domain/evidence.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { leavesOf } from "./leaves-of.ts";
import { maxSuspects } from "./red-as-before.ts";
import { isSameFile } from "./regression-of.ts";
import { failedIn } from "./tell-apart.ts";
import { nameKeyOf } from "./test-key.ts";
import { readTestResults, type TestResults } from "./test-results/read-test-results.ts";
import { testsNamedIn } from "./tests-named-in.ts";

interface Ran {
  readonly line: string;
  readonly output: string;
}

interface Wanted {
  readonly workspace: string;
  readonly isBug: boolean;
  /** The ticket in its own words. */
  readonly asked: string;
}

/** Behind these an output may be cut, or another program's. */
const cuts = /[|;\n]/;
const shortened = "[the whole output is in ";

/**
 * The tests that are red in an agent's run, where it is sure that all of them are red on the base as well and that none is what the
 * ticket asks to mend; `undefined` in doubt. A bug's own test may be red without being named: there something has to have turned green,
 * or more is red than one bug explains.
 */
export function knownRed(
  ran: Ran,
  base: TestReport,
  { workspace, isBug, asked }: Wanted,
): readonly TestResult[] | undefined {
  const now = readTestResults(ran.output, [], workspace);
  const before = failedIn(base);
  const red = redIn(now, ran);
  if (before === undefined || red === undefined || !areAmong(red, leavesOf(before))) return undefined;
  if (testsNamedIn(asked, red).length > 0) return undefined;
  if (isBug && red.length <= maxSuspects && !isBetter(now.counts, base.counts)) return undefined;
  return red;
}

/** All that failed; `undefined` where not all of it is known by name. */
function redIn({ tests, counts }: TestResults, { line, output }: Ran): readonly TestResult[] | undefined {
  if (counts === null && (cuts.test(line.trim()) || output.includes(shortened))) return undefined;
  const run = { stage: "test", timed_out: false, exit_code: 1, passed: false } as const;
  const red = failedIn({ ...run, tests: [...tests], counts });
  return red && leavesOf(red);
}

/** Each of the others stands for one. A runner may leave a file out, or name it from a folder of its own; packages may have tests that are called alike. */
function areAmong(tests: readonly TestResult[], others: readonly TestResult[]): boolean {
  const left = [...others];
  return tests.every((test) => {
    const at = left.findIndex(
      (other) =>
        nameKeyOf(other) === nameKeyOf(test) && (!test.file || !other.file || isSameFile(test.file, other.file)),
    );
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
}

/** Fewer fail, and not because fewer were run. */
function isBetter(now: TestReport["counts"], base: TestReport["counts"]): boolean {
  if (now === null || base === null) return false;
  return now.failed < base.failed && now.skipped <= base.skipped && ran(now) >= ran(base);
}

function ran({ passed, failed }: NonNullable<TestReport["counts"]>): number {
  return passed + failed;
}
