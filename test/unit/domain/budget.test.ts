import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exhausted } from "../../../src/domain/budget.ts";
import { costUsd, type ModelRequest, worstCaseUsd } from "../../../src/domain/model.ts";

const limit = { usd: 5, turns: 60, timeMs: 90_000 };
const fresh = { usd: 0, turns: 0, timeMs: 0 };

describe("the next call", () => {
  test("may be made up to the last turn, millisecond and cent", () => {
    expect(exhausted(limit, fresh, 0.1)).toBeUndefined();
    expect(exhausted(limit, { usd: 4.5, turns: 59, timeMs: 89_999 }, 0.5)).toBeUndefined();
  });

  test.each([
    ["turns", { ...fresh, turns: 60 }, 0, "the limit of 60 turns is reached"],
    ["time", { ...fresh, timeMs: 90_000 }, 0, "the time limit of 90 s is reached"],
    [
      "money for the dearest answer",
      { ...fresh, usd: 4.5 },
      0.75,
      "the budget of $5.00 does not cover another call ($4.5000 spent, up to $0.7500 for the next)",
    ],
  ])("is not made without %s", (_, spent, nextUsd, reason) => {
    expect(exhausted(limit, spent, nextUsd)).toBe(reason);
  });

  test("is not made when everything has to be free and it is not", () => {
    expect(exhausted({ ...limit, usd: 0 }, fresh, 0)).toBeUndefined();
    expect(exhausted({ ...limit, usd: 0 }, fresh, 0.000001)).toMatch(/^the budget of \$0\.00 does not cover/);
  });
});

describe("the price of a call", () => {
  const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

  test("is the sum of its four kinds of tokens, per million", () => {
    const usage = { input: 1_000_000, output: 100_000, cacheRead: 2_000_000, cacheWrite: 400_000 };
    expect(costUsd(usage, price)).toBeCloseTo(3 + 1.5 + 0.6 + 1.5, 10);
  });

  test.each([
    ["input", { ...price, input: 4 }],
    ["reading a cache", { ...price, cacheRead: 4 }],
    ["writing a cache", { ...price, cacheWrite: 4 }],
  ])("at worst is every byte at the price of what is dearest, %s, and the longest answer", (_, prices) => {
    const request: ModelRequest = { system: "ü", messages: [], tools: [], maxOutputTokens: 1000 };
    expect(worstCaseUsd(request, prices)).toBeCloseTo(('["ü",[],[]]'.length + 1) * 4e-6 + 0.015, 12);
  });

  test("is never over its worst case, whatever is asked and however its tokens are billed", () => {
    const usd = fc.nat(10_000).map((cents) => cents / 100);
    const prices = fc.record({ input: usd, output: usd, cacheRead: usd, cacheWrite: usd });
    const asked = fc.record({ system: fc.string({ unit: "grapheme" }), text: fc.string({ unit: "grapheme" }) });
    // Of the bytes that were sent, and of the answer that was allowed, so many parts each.
    const billed = fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100), fc.nat(1000));
    fc.assert(
      fc.property(prices, asked, billed, (price, { system, text }, [a, b, c, output]) => {
        const request: ModelRequest = {
          system,
          messages: [{ role: "user", text }],
          tools: [],
          maxOutputTokens: 1000,
        };
        const sent = Buffer.byteLength(system) + Buffer.byteLength(text);
        const share = (part: number) => Math.floor((sent * part) / Math.max(1, a + b + c));
        const usage = { input: share(a), cacheRead: share(b), cacheWrite: share(c), output };
        expect(worstCaseUsd(request, price)).toBeGreaterThanOrEqual(costUsd(usage, price));
      }),
    );
  });
});
