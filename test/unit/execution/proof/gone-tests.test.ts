import { describe, expect, test } from "vitest";
import type { Evidence, TestReport } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { goneTests, mayHaveGone } from "../../../../src/execution/proof/gone-tests.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { evidenceLines } from "../../../../src/execution/wording/evidence-lines.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../../support/a-change.ts";
import { parseChange } from "../../../support/a-guarded-change.ts";

const file = "test/cart.test.js";
const as = (status: TestResult["status"]) => (name: string) => ({ name, status });
/** A run that names what it ran. */
function ran(passed: readonly string[], failed: readonly string[] = [], skipped: readonly string[] = []): TestReport {
  const counts = { passed: passed.length, failed: failed.length, skipped: skipped.length };
  const tests = [...failed.map(as("failed")), ...passed.map(as("passed")), ...skipped.map(as("skipped"))];
  return (failed.length > 0 ? aRedTestReport : aTestReport)({ counts, tests });
}
const counted = (passed: number) => aTestReport({ counts: { passed, failed: 0, skipped: 0 } });
const told = (base: TestReport, head: TestReport, diff: string) => {
  const gone = goneTests(base, head, parseChange(diff));
  expect(gone === undefined || mayHaveGone(base, head)).toBe(true);
  return gone && [gone.tests.map(({ name }) => name).join(), gone.unexplained];
};

const deleted = `=== M ${file}\n test("counts", () => {});\n-test("is empty", () => {});`;
const added = `=== M ${file}\n test("counts", () => {});\n test("is empty", () => {});\n+test("is new", () => {});`;
const config = "=== M package.json\n-a\n+b";
const [both, one] = [ran(["counts", "is empty"]), ran(["counts"])];

describe("tests that do not run any more are", () => {
  test.each<[string, TestReport, TestReport, string, unknown]>([
    ["explained by a test that is deleted", both, one, deleted, ["is empty", 0]],
    ["explained by a file that is", both, one, `=== D ${file}\n-test("is empty", () => {});`, ["is empty", 0]],
    ["not explained by what has no tests", both, one, config, ["is empty", 1]],
    ["not explained by a test that still stands there", both, one, `${added}\n-// note`, ["is empty", 1]],
    ["not explained by a new file", both, one, `=== A ${file}\n+test("is empty", () => {});`, ["is empty", 1]],
    ["not explained by another test's end", both, one, `=== M a.test.js\n-test("other", () => {});`, ["is empty", 1]],
    ["not made good by others", both, ran(["counts", "is new", "more"]), added, ["is empty", 1]],
    ["those that are skipped now", both, ran(["counts"], [], ["is empty"]), config, ["is empty", 1]],
    ["those that failed before", ran(["counts"], ["is empty"]), one, config, ["is empty", 1]],
    ["told first where nothing explains them", ran(["a", "is empty", "z"]), ran(["a"]), deleted, ["z,is empty", 1]],
    [
      "explained by rows of a table",
      ran(["adds 1 to 2", "adds 1 to 3"]),
      ran(["adds 1 to 2"]),
      `=== M ${file}\n test.each([\n   [1, 2],\n-  [1, 3],\n ])("adds %i to %i", () => {});`,
      ["adds 1 to 3", 0],
    ],
  ])("%s", (_, base, head, diff, gone) => {
    expect(told(base, head, diff)).toEqual(gone);
  });

  test("looked for in the file that their runner names", () => {
    const base = aTestReport({
      counts: null,
      tests: [{ name: "is empty", file: "a/b.test.js", status: "passed" }, as("passed")("counts")],
    });
    const of = { ...base, counts: { passed: 2, failed: 0, skipped: 0 } };
    expect(told(of, one, deleted)).toEqual(["is empty", 1]);
    expect(told(of, one, deleted.replace(file, "packages/a/b.test.js"))).toEqual(["is empty", 0]);
  });

  test("only counted where the runner does not name them", () => {
    expect(told(counted(41), counted(38), config)).toEqual(["", 3]);
    expect(told(counted(41), counted(40), deleted)).toEqual(["", 0]);
    // One line is not many tests.
    expect(told(counted(41), counted(38), deleted)).toEqual(["", 2]);
    expect(told(counted(41), counted(38), added)).toEqual(["", 3]);
    expect(told(counted(41), counted(41), config)).toBeUndefined();
    expect(told(counted(41), aTestReport({ counts: null }), deleted)).toEqual(["", 41]);
  });
});

describe("no test is gone", () => {
  const broken = { name: "test/b.test.js", file: "test/b.test.js", status: "failed" } as const;
  const unread = aRedTestReport({ counts: { passed: 1, failed: 1, skipped: 0 }, tests: [broken, as("passed")("a")] });
  test.each<[string, TestReport, TestReport, string]>([
    ["where another one has its place and its name was changed", both, ran(["counts", "is bare"]), deleted],
    ["that runs in another group", ran(["a", "cart > counts"]), ran(["a", "bill > counts"]), config],
    ["whose name holds a time", ran(["took 123 ms", "a"]), ran(["took 98 ms", "a"]), config],
    ["where a file could not be read before", unread, ran(["a"]), config],
    ["where it was skipped before", ran(["a"], [], ["b"]), ran(["a"]), config],
    ["where the two runs name them by other rules", ran(["a", "b"]), ran(["x a", "x b"]), config],
    ["where there are more", one, both, added],
  ])("%s", (_, base, head, diff) => {
    expect(told(base, head, diff)).toBeUndefined();
  });

  test.each([
    ["a run that hung", { timed_out: true }],
    ["a set-up", { stage: "setup" } as const],
  ])("of %s", (_, more) => {
    expect(mayHaveGone(counted(41), { ...counted(1), ...more })).toBe(false);
  });
});

describe("a reviewer sees", () => {
  const seen = (base: TestReport, head: TestReport, diff: string): NonNullable<Evidence> => {
    const gone = goneTests(base, head, parseChange(diff));
    return { passed: true, base, head, redefined_by: [], ...(gone && { gone }) };
  };
  const doubts = (of: Evidence) => doubtsAbout({ work: aCodedChange(), seen: of, findings: [] });

  test("that fewer tests ran, and no draft where the diff says why", () => {
    const of = seen(both, one, deleted);
    expect(evidenceLines(of)).toContain(
      "**1 test ran with this change, 2 on the base.** These no longer run: `is empty`.",
    );
    expect(doubts(of)).toEqual([]);
  });

  test("a draft where it does not, with names where there are any", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    expect(doubts(seen(ran(names), ran(["a"]), config))).toEqual([
      "6 tests that ran on the base do not run with this change, and no test that it edits or deletes explains them: `b`, `c`, `d`, `e`, `f` and 1 more",
    ]);
    const of = seen(counted(2), counted(1), config);
    expect(evidenceLines(of)).toContain("**1 test ran with this change, 2 on the base.**");
    expect(doubts(of)).toEqual([
      "1 test that ran on the base does not run with this change, and no test that it edits or deletes explains it",
    ]);
  });

  test("that nothing is counted any more", () => {
    const of = seen(counted(41), aTestReport({ counts: null }), deleted);
    expect(evidenceLines(of)).toContain("**With this change no tests were counted, 41 on the base.**");
    expect(doubts(of)).toEqual(["the base counts 41 tests, and with this change `npm test` counts none"]);
  });

  test("a long list cut", () => {
    const many = Array.from({ length: 300 }, (_, n) => `is ${String.fromCharCode(0x4e00 + n)}`);
    const of = seen(ran(["a", ...many]), ran(["a"]), config);
    expect(of.gone).toMatchObject({ more: 200, unexplained: 300 });
    expect(evidenceLines(of).join("\n")).toMatch(/ and 290 more\./);
    expect(doubts(of)[0]).toMatch(/ and 295 more$/);
  });
});
