import fc from "fast-check";
import { expect, test } from "vitest";
import { headAndTail } from "../../../src/agent/head-and-tail.ts";

test("a text that fits is left alone", () => {
  expect(headAndTail("0123456789", 10)).toBe("0123456789");
  expect(headAndTail("", 10)).toBe("");
});

test("of a longer text the beginning and the end are shown, and how much is between", () => {
  expect(headAndTail("0123456789abc", 10)).toBe(
    "01234\n[… 3 characters left out; narrow the command to see them …]\n89abc",
  );
});

test("what is shown and what is counted make up the whole text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 20 }), fc.integer({ min: 2, max: 19 }), (text, max) => {
      const cut = headAndTail(text, max);
      const [, head, left, tail] = /^(.*)\n\[… (\d+) characters left out; .* …\]\n(.*)$/s.exec(cut) ?? [];
      expect((head ?? "").length + Number(left) + (tail ?? "").length).toBe(text.length);
    }),
  );
});
