import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../../src/models/backoff.ts";

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const tried = fc.integer({ min: 1, max: 50 });

test("a wait is anything up to a bound that doubles with each try, and never longer than half a minute", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7].map((n) => backoffMs(n, undefined, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  fc.assert(
    fc.property(tried, chance, (n, random) => {
      expect(backoffMs(n, undefined, () => random)).toBeCloseTo(random * backoffMs(n, undefined, () => 1), 6);
    }),
  );
});

test("what a rate limit asks for is never cut short, and spread by no more than a tenth", () => {
  fc.assert(
    fc.property(tried, chance, fc.nat(100_000), (n, random, asked) => {
      const ms = backoffMs(n, asked, () => random);
      expect(ms).toBeGreaterThanOrEqual(asked);
      expect(ms).toBeLessThanOrEqual(asked * 1.1);
    }),
  );
});
