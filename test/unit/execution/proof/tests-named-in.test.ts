import { expect, test } from "vitest";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { testsNamedIn } from "../../../../src/execution/proof/tests-named-in.ts";

const failed = (name: string, file?: string): TestResult => ({
  ...{ name, status: "failed" },
  ...(file !== undefined && { file }),
});

test.each([
  ["by its whole name", "`a bill › is rounded` is red since Monday.", failed("a bill > is rounded")],
  ["by its own part of it", 'The test "is rounded up." fails', failed("a bill > is rounded up")],
  ["in other cases and signs", "FAIL  A bill > is ROUNDED", failed("a bill > is rounded")],
  ["by the file it stands in", "See test/bill.test.js.", failed("x", "test/bill.test.js")],
  ["by the name of that file", "cart.spec.ts is red", failed("x", "packages/cart/test/cart.spec.ts")],
  ["without its parameters", "`test_thousands` fails", failed("test_thousands[1-2]", "tests/test_a.py")],
  ["with its class", "TestBill::test_rounded fails", failed("TestBill > test_rounded", "tests/test_a.py")],
])("a ticket names a test %s", (_, text, test) => {
  expect(testsNamedIn(text, [test])).toEqual([test]);
});

test.each([
  ["a word that it holds by chance", "It works, but slowly.", failed("works")],
  ["a part of a word", "unrounded amounts", failed("a bill > rounded amount")],
  ["the file of the code", "src/bill.js is wrong", failed("x", "test/bill.test.js")],
  ["a package", "acme.test/bill panics", failed("TestX", "acme.test/bill")],
  ["nothing", "", failed("a bill > is rounded", "test/bill.test.js")],
])("a ticket does not name a test by %s", (_, text, test) => {
  expect(testsNamedIn(text, [test])).toEqual([]);
});
