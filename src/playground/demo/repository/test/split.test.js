import assert from "node:assert/strict";
import { test } from "node:test";
import { splitByShares, splitEvenly } from "../src/index.js";

const sum = (parts) => parts.reduce((total, part) => total + part, 0);

test("a bill that divides is split evenly", () => {
  assert.deepEqual(splitEvenly(9000, 3), [3000, 3000, 3000]);
});

test("shares weigh the parts", () => {
  assert.deepEqual(splitByShares(10000, [1, 1, 2]), [2500, 2500, 5000]);
});

test("the parts of a bill add up to the bill", () => {
  assert.equal(sum(splitEvenly(10000, 3)), 10000);
  assert.equal(sum(splitEvenly(20000, 3)), 20000);
});

test("a bill for nobody is refused", () => {
  assert.throws(() => splitEvenly(100, 0), RangeError);
});
