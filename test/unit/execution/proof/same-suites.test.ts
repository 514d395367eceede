import { expect, test } from "vitest";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { sameSuites } from "../../../../src/execution/proof/same-suites.ts";
import { tellApart } from "../../../../src/execution/proof/tell-apart.ts";
import { aRedTestReport } from "../../../support/a-change.ts";

const red = (...tests: readonly Omit<TestResult, "status">[]) =>
  aRedTestReport({
    counts: { passed: 3, failed: tests.length, skipped: 0 },
    tests: tests.map((test) => ({ ...test, status: "failed" })),
  });

test("a change that adds the second package is not blamed for what was red in the first", () => {
  const [base, head] = sameSuites(red({ name: "adds up" }), red({ name: "adds up", suite: "@acme/a" }));
  expect(tellApart(base, head, undefined)).toMatchObject({ known_red: [{ name: "adds up" }], broken: [] });
});

test("one of two packages is", () => {
  const a = { name: "adds up", suite: "@acme/a" };
  const [base, head] = sameSuites(red(a), red(a, { ...a, suite: "@acme/b" }));
  expect(tellApart(base, head, undefined)).toMatchObject({ known_red: [a], broken: [{ suite: "@acme/b" }] });
});
