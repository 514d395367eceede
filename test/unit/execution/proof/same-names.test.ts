import { describe, expect, test } from "vitest";
import type { Evidence, TestReport } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { comparisonOf } from "../../../../src/execution/proof/comparison-of.ts";
import { leavesOf } from "../../../../src/execution/proof/leaves-of.ts";
import { regressionOf } from "../../../../src/execution/proof/regression-of.ts";
import { mendedBy, tellApart } from "../../../../src/execution/proof/tell-apart.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

const file = "test/sum.test.js";
const adds = (status: TestResult["status"], suite?: string): TestResult => ({
  ...{ name: "adds", file, status },
  ...(suite !== undefined && { suite }),
});
/** A run in which each of these is the status of `adds`, in the package of that name. */
function ran(...tests: readonly TestResult[]): TestReport {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of tests) counts[status] += 1;
  return (counts.failed > 0 ? aRedTestReport : aTestReport)({ counts, tests: [...tests] });
}
const rows = (base: TestReport, head: TestReport, failures = tellApart(base, head, undefined)) => {
  const seen: NonNullable<Evidence> = { base, head, redefined_by: [], ...(failures && { failures }) };
  return comparisonOf(seen).tests.map(({ suite, base, head, verdict }) => [suite, base, head, verdict]);
};

describe("of two packages with a test of the same name in a file of the same name", () => {
  const base = ran(adds("failed", "a"), adds("passed", "b"));

  test("one is mended and the other broken, and none of it is lost", () => {
    const head = ran(adds("failed", "b"), adds("passed", "a"));
    expect(tellApart(base, head, undefined)).toEqual({ known_red: [], flaky: [], broken: [adds("failed", "b")] });
    expect(mendedBy(base, head)).toEqual([adds("failed", "a")]);
    expect(rows(base, head)).toEqual([
      ["b", "passed", "failed", "broken"],
      ["a", "failed", "passed", "mended"],
    ]);
  });

  test("one is red as before and the other green", () => {
    expect(rows(base, base)).toEqual([
      ["a", "failed", "failed", "known_red"],
      ["b", "passed", "passed", null],
    ]);
  });

  test("the one that is gone is not mended by the other", () => {
    expect(mendedBy(base, ran(adds("passed", "b")))).toEqual([]);
    expect(mendedBy(base, ran(adds("passed", "a"), adds("passed", "b")))).toEqual([adds("failed", "a")]);
  });

  test("a bug is shown by the one that is red without the change, and told with its package", () => {
    const green = ran(adds("passed", "a"), adds("passed", "b"));
    const report = ran(adds("failed", "b"), adds("passed", "a"));
    expect(regressionOf({ base: green, head: green, report, files: [`packages/b/${file}`] })).toMatchObject({
      shown: true,
      tests: [{ name: "adds", file, suite: "b", base: "failed", head: "passed" }],
    });
  });

  test("a group of the one says nothing of a test in the other", () => {
    const group = { ...adds("failed", "a"), name: "math" };
    expect(leavesOf([group, { ...adds("failed", "b"), name: "math > adds" }])).toContain(group);
  });
});

describe("where nothing tells two of the same name apart", () => {
  test("one that fails of two is broken, and both are in the table", () => {
    const [base, head] = [ran(adds("passed"), adds("passed")), ran(adds("failed"), adds("passed"))];
    expect(tellApart(base, head, undefined)?.broken).toEqual([adds("failed")]);
    expect(rows(base, head)).toEqual([
      [undefined, "passed", "failed", "broken"],
      [undefined, "passed", "passed", null],
    ]);
  });

  test("one more that fails is broken, and the first is red as before", () => {
    const [base, head] = [ran(adds("failed"), adds("passed")), ran(adds("failed"), adds("failed"))];
    expect(rows(base, head)).toEqual([
      [undefined, "passed", "failed", "broken"],
      [undefined, "failed", "failed", "known_red"],
    ]);
  });

  test("the red one is mended where one more passes than before, and else it may be gone", () => {
    const base = ran(adds("failed"), adds("passed"));
    expect(mendedBy(base, ran(adds("passed"), adds("passed")))).toEqual([adds("failed")]);
    expect(mendedBy(base, ran(adds("passed")))).toEqual([]);
    expect(mendedBy(base, ran(adds("passed"), adds("skipped")))).toEqual([]);
  });
});
