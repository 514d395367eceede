import { expect, test } from "vitest";
import { isTestFile } from "../../../../src/execution/proof/changed-tests.ts";

test.each([
  "test/cart.js",
  "packages/cart/tests/unit/cart.py",
  "src/__tests__/cart.tsx",
  "src/__tests__/__snapshots__/cart.tsx.snap",
  "src/cart.test.ts",
  "src/cart.spec.mjs",
  "cart/cart_test.go",
  "cart/testdata/bill.json",
  "test_cart.py",
  "cart_test.py",
  "conftest.py",
  "spec/cart_spec.rb",
  "src/test/java/com/acme/CartTest.java",
  "CartTests.cs",
  "test.js",
])("%s is a file of tests", (path) => {
  expect(isTestFile(path)).toBe(true);
});

test.each([
  "src/cart.ts",
  "src/latest.ts",
  "src/contest.py",
  "src/attest/cart.go",
  "docs/testing.md",
  "package.json",
  "Specification.java",
])("%s is none", (path) => {
  expect(isTestFile(path)).toBe(false);
});
