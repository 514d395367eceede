import { describe, expect, test } from "vitest";
import type { TestReport } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { regressionOf } from "../../../../src/execution/proof/regression-of.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

const named = (status: TestResult["status"], name: string, file?: string): TestResult => ({
  ...{ name, status },
  ...(file !== undefined && { file }),
});
const red = (...tests: readonly TestResult[]) => aRedTestReport({ counts: null, tests: [...tests] });
const green = (...tests: readonly TestResult[]) => aTestReport(tests.length === 0 ? {} : { tests: [...tests] });
const files = ["test/cart.test.ts"];

function shown(
  base: TestReport,
  report: TestReport | null,
  head = green(),
  of = files,
): readonly [boolean, ...string[]] {
  const { shown, tests } = regressionOf({ base, head, report, files: of });
  return [shown, ...tests.map(({ name, base }) => `${name} ${base}`)];
}

describe("a bug is shown", () => {
  test("by a test of the change that fails on the base", () => {
    expect(shown(green(), red(named("failed", "a", "test/cart.test.ts")))).toEqual([true, "a failed"]);
  });

  test("by a runner in a folder of its own, or one that names no files", () => {
    const of = ["packages/cart/test/cart.test.ts"];
    expect(shown(green(), red(named("failed", "a", "test/cart.test.ts")), green(), of)).toEqual([true, "a failed"]);
    expect(shown(green(), red(named("failed", "a")))).toEqual([true, "a failed"]);
    expect(shown(green(), red(named("failed", "TestA", "acme.test/cart")))).toEqual([true, "TestA failed"]);
  });

  test("by a test that was there and red, without one of the change", () => {
    expect(shown(red(named("failed", "a")), null, green(), [])).toEqual([true, "a failed"]);
  });

  test("by the exit code where no test is named", () => {
    expect(shown(green(), aRedTestReport())).toEqual([true]);
  });
});

describe("a bug is not shown", () => {
  test("by tests that pass without the change", () => {
    const report = green(named("passed", "old"), named("passed", "new", "test/cart.test.ts"));
    expect(shown(green(named("passed", "old")), report)).toEqual([false, "new passed"]);
  });

  test("by a test elsewhere that fails by chance", () => {
    expect(shown(green(), red(named("failed", "a", "test/other.test.ts")))).toEqual([false]);
    const group = [named("failed", "group > a", "test/other.test.ts"), named("failed", "group")];
    expect(shown(green(), red(...group))).toEqual([false]);
  });

  test("by a test that fails with the change as well", () => {
    const known = red(named("failed", "a", "test/cart.test.ts"));
    expect(shown(known, known, known)).toEqual([false]);
  });

  test("where the base cannot be set up, or hangs", () => {
    expect(shown(green(), aRedTestReport({ stage: "setup" }))).toEqual([false]);
    expect(shown(green(), aRedTestReport({ timed_out: true, exit_code: null }))).toEqual([false]);
  });

  test("where the change brings no test", () => {
    expect(shown(green(), null, green(), [])).toEqual([false]);
  });
});

test("a flood of tests is cut", () => {
  const many = Array.from({ length: 200 }, (_, n) => named("failed", `t${n}`));
  expect(regressionOf({ base: green(), head: green(), report: red(...many), files }).tests).toHaveLength(50);
});
