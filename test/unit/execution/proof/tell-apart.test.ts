import { describe, expect, test } from "vitest";
import type { TestReport } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { isForgiven, mayBeFlaky, tellApart, withAsked } from "../../../../src/execution/proof/tell-apart.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

const failed = (name: string): TestResult => ({ name, file: "a.test.ts", status: "failed" });
const red = (names: readonly string[], more: Partial<TestReport> = {}) =>
  aRedTestReport({
    counts: { passed: 1, failed: names.length, skipped: 0 },
    tests: [...names.map(failed), { name: "fine", status: "passed" }],
    ...more,
  });
const green = aTestReport();

function apart(base: TestReport, head: TestReport, again?: TestReport) {
  const told = tellApart(base, head, again);
  const names = (tests: readonly TestResult[]) => tests.map(({ name }) => name).join(" ");
  return told && { known: names(told.known_red), flaky: names(told.flaky), broken: names(told.broken) };
}

describe("the failed tests of a change are told apart", () => {
  test.each<[string, TestReport, TestReport, TestReport | undefined, ReturnType<typeof apart>]>([
    ["all are its own on a green base", green, red(["a", "b"]), undefined, { known: "", flaky: "", broken: "a b" }],
    ["red before", red(["a", "b"]), red(["a"]), undefined, { known: "a", flaky: "", broken: "" }],
    ["some of each", red(["a"]), red(["a", "b"]), red(["a", "b"]), { known: "a", flaky: "", broken: "b" }],
    ["green the second time", green, red(["a"]), green, { known: "", flaky: "a", broken: "" }],
    ["one green the second time", red(["a"]), red(["a", "b"]), red(["a"]), { known: "a", flaky: "b", broken: "" }],
    ["red only the second time", green, red(["a"]), red(["a", "b"]), { known: "", flaky: "b", broken: "a" }],
    [
      "a second time that tells nothing",
      green,
      red(["a"]),
      red([], { counts: null }),
      { known: "", flaky: "", broken: "a" },
    ],
    ["one more of the same name", red(["a"]), red(["a", "a"]), undefined, { known: "a", flaky: "", broken: "a" }],
    [
      "a runner that exits with their number",
      red(["a", "b"], { exit_code: 2 }),
      red(["a"]),
      undefined,
      { known: "a", flaky: "", broken: "" },
    ],
  ])("%s", (_, base, head, again, told) => {
    expect(apart(base, head, again)).toEqual(told);
  });

  test("a file of the same name does not make a test another one's", () => {
    const elsewhere = red([], { counts: null, tests: [{ ...failed("a"), file: "b.test.ts" }] });
    expect(apart(red(["a"]), elsewhere)).toEqual({ known: "", flaky: "", broken: "a" });
  });
});

describe("nothing is told", () => {
  test.each<[string, TestReport, TestReport]>([
    ["of tests that pass", red(["a"]), green],
    ["where no test is named", green, aRedTestReport()],
    ["where fewer are named than failed", red(["a"]), red(["a"], { counts: { passed: 1, failed: 2, skipped: 0 } })],
    ["where those of the base are not known", aRedTestReport(), red(["a"])],
    ["of a run that was ended", red(["a"]), red(["a"], { timed_out: true, exit_code: null })],
    ["of a set-up", red(["a"]), red(["a"], { stage: "setup" })],
    ["where something besides the tests fails", red(["a"]), red(["a"], { exit_code: 9 })],
    ["where more failed than a report holds", green, red(Array.from({ length: 1000 }, (_, n) => `t${n}`))],
  ])("%s", (_, base, head) => {
    expect(apart(base, head)).toBeUndefined();
  });
});

describe("what the ticket names", () => {
  const told = tellApart(red(["a", "b is red"]), red(["a", "b is red"]), undefined);

  test("counts although it was red before", () => {
    expect(withAsked(told, "Mend `b is red`.")).toEqual({
      ...{ flaky: [], broken: [], known_red: [failed("a")], asked: [failed("b is red")] },
    });
    expect([isForgiven(told), isForgiven(withAsked(told, "Mend `b is red`."))]).toEqual([true, false]);
  });

  test("is nothing where it speaks of none of them", () => {
    expect(withAsked(told, "It crashes.")).toBe(told);
    expect(withAsked(undefined, "Mend `b is red`.")).toBeUndefined();
  });
});

describe("the tests are run again", () => {
  test.each<[string, TestReport, TestReport, boolean]>([
    ["when some fail that did not before", red(["a"]), red(["a", "b"]), true],
    ["not when the same fail", red(["a"]), red(["a"]), false],
    ["not when none fail", green, green, false],
    ["not when nobody knows which", green, aRedTestReport(), false],
    ["not when they hung", green, red(["a"], { timed_out: true }), false],
  ])("%s", (_, base, head, again) => {
    expect(mayBeFlaky(base, head)).toBe(again);
  });
});
