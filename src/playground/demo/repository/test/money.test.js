import assert from "node:assert/strict";
import { test } from "node:test";
import { format, toCents } from "../src/index.js";

test("an amount is read as cents", () => {
  assert.equal(toCents("12.34"), 1234);
  assert.equal(toCents("-3"), -300);
});

test("what is not an amount is refused", () => {
  assert.throws(() => toCents("12.3"), TypeError);
});

test("cents are written with two digits", () => {
  assert.equal(format(1205), "12.05");
  assert.equal(format(-5), "-0.05");
});
