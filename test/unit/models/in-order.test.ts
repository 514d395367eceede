import fc from "fast-check";
import { expect, test } from "vitest";
import { strategies } from "../../../src/domain/llm-settings.ts";
import { inOrder } from "../../../src/models/in-order.ts";

const entries = [
  { value: "a", weight: 1 },
  { value: "b", weight: 3 },
  { value: "c", weight: 1 },
];

test("fallback keeps the order, always", () => {
  expect(inOrder(entries, { strategy: "fallback", count: 5, random: () => 0.9 })).toEqual(["a", "b", "c"]);
});

test("round-robin lets each begin in its turn, the others following in their order", () => {
  const begun = [0, 1, 2, 3].map((count) =>
    inOrder(entries, { strategy: "round-robin", count, random: () => 0 }).join(""),
  );
  expect(begun).toEqual(["abc", "bca", "cab", "abc"]);
});

test("weighted lets each begin as often as its weight says", () => {
  const first = (random: number) => inOrder(entries, { strategy: "weighted", count: 0, random: () => random })[0];
  const begun = Array.from({ length: 1000 }, (_, n) => first(n / 1000));
  const share = (value: string) => begun.filter((it) => it === value).length;
  expect([share("a"), share("b"), share("c")]).toEqual([200, 600, 200]);
});

test("nobody is lost and nobody is there twice, whatever the strategy", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...strategies), fc.nat(), weights, random, (strategy, count, given, chance) => {
      const all = given.map((weight, value) => ({ value, weight }));
      const ordered = inOrder(all, { strategy, count, random: () => chance });
      expect(ordered.toSorted((a, b) => a - b)).toEqual(given.map((_, value) => value));
    }),
  );
});
