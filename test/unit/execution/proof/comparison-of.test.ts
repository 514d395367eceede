import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../../src/domain/evidence.ts";
import { comparison } from "../../../../src/domain/test-report.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { comparisonOf } from "../../../../src/execution/proof/comparison-of.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

type Seen = NonNullable<Evidence>;
const file = "cart.test.ts";
const failed = (name: string, message = "99 !== 100"): TestResult => ({ name, file, status: "failed", message });
const passed = (name: string): TestResult => ({ name, file, status: "passed", duration_ms: 3 });
const seen = (more: Partial<Seen>): Seen => ({
  ...{ base: aTestReport(), head: aTestReport({ commit: "b".repeat(40) }), redefined_by: [] },
  ...more,
});
const rows = (of: Seen) => comparisonOf(of).tests.map(({ name, base, head, verdict }) => [name, base, head, verdict]);

test("every test stands there once, without the change and with it, those that tell something first", () => {
  const base = aRedTestReport({ tests: [failed("is mended"), failed("is old"), passed("holds"), passed("breaks")] });
  const head = aRedTestReport({
    tests: [failed("breaks", "boom"), failed("is old"), failed("comes and goes"), passed("holds"), passed("is mended")],
  });
  const failures = { broken: [failed("breaks")], flaky: [failed("comes and goes")], known_red: [failed("is old")] };
  const of = seen({ passed: false, base: { ...base, counts: null }, head: { ...head, counts: null }, failures });
  expect(rows(of)).toEqual([
    ["breaks", "passed", "failed", "broken"],
    ["is mended", "failed", "passed", "mended"],
    ["comes and goes", null, "failed", "flaky"],
    ["is old", "failed", "failed", "known_red"],
    ["holds", "passed", "passed", null],
  ]);
  expect(comparisonOf(of).tests[0]).toEqual({
    ...{ name: "breaks", file, base: "passed", head: "failed", verdict: "broken" },
    ...{ message: "boom", duration_ms: 3 },
  });
});

test("a test that the change brings is red on the base with the change's own version of it", () => {
  const report = aRedTestReport({ tests: [failed("adds up"), passed("is there")] });
  const tests = [
    { name: "adds up", file, base: "failed", head: "passed" } as const,
    { name: "is there", file, base: "passed", head: "passed" } as const,
  ];
  const of = seen({ regression: { files: [file], report, tests, shown: true } });
  expect(rows(of)).toEqual([
    ["adds up", "failed", "passed", "mended"],
    ["is there", "passed", "passed", "new"],
  ]);
  expect(comparisonOf(of).runs.map(({ on, passed }) => [on, passed])).toEqual([
    ["base", true],
    ["base with tests", false],
    ["head", true],
  ]);
});

describe("what a runner does not name", () => {
  const base = aRedTestReport({ tests: [failed("a"), failed("b")], counts: { passed: 7, failed: 2, skipped: 0 } });

  test("is mended where it failed on the base and nothing fails any more", () => {
    expect(rows(seen({ base }))).toEqual([
      ["a", "failed", "passed", "mended"],
      ["b", "failed", "passed", "mended"],
    ]);
  });

  test("is not mended where it is skipped now, or where the others are named and it is not", () => {
    const skips = aTestReport({ tests: [{ name: "a", file, status: "skipped" }] });
    expect(rows(seen({ base, head: skips }))).toEqual([
      ["b", "failed", "passed", "mended"],
      ["a", "failed", "skipped", null],
    ]);
    const names = aTestReport({ tests: [passed("b")], counts: { passed: 1, failed: 0, skipped: 0 } });
    expect(rows(seen({ base, head: names }))).toEqual([["b", "failed", "passed", "mended"]]);
  });

  test("is found by its name where only a failed test has its file", () => {
    const head = aTestReport({
      tests: [{ name: "a", status: "passed" }],
      counts: { passed: 1, failed: 0, skipped: 0 },
    });
    expect(rows(seen({ base, head }))).toEqual([["a", "failed", "passed", "mended"]]);
  });
});

test("of very many tests a thousand are named, and all are counted", () => {
  const counts = { passed: 19_000, failed: 1000, skipped: 0 };
  const tests = Array.from({ length: 1000 }, (_, n) => failed(`t${n}`, "x".repeat(2000)));
  const head = aRedTestReport({
    counts,
    tests: tests.map(({ message: _, ...test }, n) => ({ ...test, name: `h${n}` })),
  });
  const report = comparisonOf(
    seen({ head, failures: { broken: [], flaky: [], known_red: tests.slice(0, 600) }, passed: true }),
  );
  expect([report.tests.length, report.tests_left_out, report.runs[1]?.counts]).toEqual([1000, 600, counts]);
  expect(report.tests[599]?.verdict).toBe("known_red");
});

test("checks are there without what they printed, and the whole is what its schema says", () => {
  const result = { exit_code: 1, timed_out: false, passed: false, duration_ms: 5, output_tail: "secret" };
  const checks = [{ name: "lint", command: "lint", base: result, head: result } as const];
  const report = comparisonOf(seen({ checks, redefined_by: ["package.json"] }));
  expect(comparison.parse(report)).toEqual(report);
  expect(JSON.stringify(report)).not.toContain("secret");
  expect(report).toMatchObject({ passed: true, checks: [{ base: { exit_code: 1 } }], redefined_by: ["package.json"] });
});
