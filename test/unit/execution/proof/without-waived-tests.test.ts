import { expect, test } from "vitest";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { testsNamedIn } from "../../../../src/execution/proof/tests-named-in.ts";

const red: TestResult = { name: "a bill > is rounded", file: "test/bill.test.js", status: "failed" };
const other: TestResult = { name: "a cart > skips empty lines", file: "test/cart.test.js", status: "failed" };
const asked = (text: string) => testsNamedIn(text, [red, other]).map(({ file }) => file);

test.each([
  "Ignore the red test `a bill > is rounded`.",
  "`a bill > is rounded` is known to fail.",
  "Please skip test/bill.test.js.",
  "The test a bill is rounded fails anyway.",
  "What is red in `a bill > is rounded` is unrelated.",
  "`a bill > is rounded` can be ignored",
  "Don't fix `a bill > is rounded` here.",
  "Do not worry about bill.test.js",
  "`a bill > is rounded` is a pre-existing failure",
  "Mending `a bill > is rounded` is out of scope.",
  "Known failures:\n\n- a bill > is rounded\n- something",
  "## Known failing tests\n`a bill > is rounded`\n\ntest/bill.test.js",
  "Leave `a bill > is rounded` as it is",
])("a test that may stay red is not asked for: %s", (text) => {
  expect(asked(text)).toEqual([]);
});

test.each([
  ["`a bill > is rounded` is red. Ignore the others.", red],
  ["Do not ignore `a bill > is rounded`: it is right.", red],
  ["It should no longer skip `a bill > is rounded`", red],
  ["Ignore test/cart.test.js, but mend `a bill > is rounded`.", red],
  ["Known failures:\n- a cart > skips empty lines\n\nWhat is wrong is `a bill > is rounded`.", red],
  ["## Known failures\nskips empty lines\n## What is wanted\n`a bill > is rounded` green", red],
  ["Ignore `a bill > is rounded` for now.\nOr rather, make `a bill > is rounded` green.", red],
  ["Negative amounts are ignored, so `a bill > is rounded` fails.", red],
  ["When users leave the page `a bill > is rounded` fails.", red],
  ["`a bill > is rounded` already fails on main.", red],
  ["`a cart > skips empty lines` is red", other],
  ["Make test/cart.test.js green: skips empty lines", other],
])("a test is asked for although something is left alone: %s", (text, wanted) => {
  expect(asked(text)).toEqual([wanted.file]);
});
