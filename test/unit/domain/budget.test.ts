import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exhausted } from "../../../src/domain/budget.ts";
import { costUsd, type ModelRequest, worstCaseUsd } from "../../../src/domain/model.ts";
import { pocket } from "../../support/pocket.ts";

const limit = { turns: 60, timeMs: 90_000 };
const fresh = { turns: 0, timeMs: 0 };

describe("the next call", () => {
  test("may be made up to the last turn and millisecond", () => {
    expect(exhausted(limit, fresh)).toBeUndefined();
    expect(exhausted(limit, { turns: 59, timeMs: 89_999 })).toBeUndefined();
  });

  test.each([
    ["turns", { ...fresh, turns: 60 }, "the limit of 60 turns is reached"],
    ["time", { ...fresh, timeMs: 90_000 }, "the time limit of 90 s is reached"],
  ] as const)("is not made without %s", (cause, spent, reason) => {
    expect(exhausted(limit, spent)).toEqual({ cause, reason });
  });
});

describe("a pocket", () => {
  const model = "played/one";

  test("covers what fits into it, to the last cent, and counts what a call came to", async () => {
    const purse = pocket(1);
    const first = await purse.reserve({ model, usd: 0.75 });
    await first.settle({ usd: 0.5, usage: undefined });
    await purse.reserve({ model, usd: 0.5 });
    await expect(purse.reserve({ model, usd: 0.01 })).rejects.toMatchObject({
      message: "the budget of $1.00 does not cover another call ($1.0000 spent, up to $0.0100 for the next)",
    });
  });

  test("refuses what might not fit, while another call is under way as well", async () => {
    const purse = pocket(5, 4);
    await purse.reserve({ model, usd: 0.5 });
    await expect(purse.reserve({ model, usd: 0.75 })).rejects.toMatchObject({
      code: "budget_exhausted",
      message: "the budget of $5.00 does not cover another call ($4.5000 spent, up to $0.7500 for the next)",
    });
  });

  test("that is empty covers what is free", async () => {
    await pocket(0).reserve({ model, usd: 0 });
    await expect(pocket(0).reserve({ model, usd: 0.000001 })).rejects.toMatchObject({ code: "budget_exhausted" });
  });
});

describe("the price of a call", () => {
  const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };

  test("is the sum of its four kinds of tokens, per million", () => {
    const usage = { input: 1_000_000, output: 100_000, cacheRead: 2_000_000, cacheWrite: 400_000 };
    expect(costUsd(usage, price)).toBeCloseTo(3 + 1.5 + 0.6 + 1.5, 10);
  });

  const long = { input: 6, output: 22.5, cacheRead: 0.6, cacheWrite: 7.5 };
  const tiered = {
    ...price,
    tiers: [
      { above: 200_000, ...long },
      { above: 900_000, ...long, input: 60 },
    ],
    batch: 0.5,
  };

  test("goes by the length of the prompt, cached tokens among it, for the whole request", () => {
    const usage = { input: 50_000, output: 10_000, cacheRead: 100_000, cacheWrite: 50_000 };
    expect(costUsd(usage, tiered)).toBeCloseTo(0.15 + 0.15 + 0.03 + 0.1875, 10);
    expect(costUsd({ ...usage, input: 50_001 }, tiered)).toBeCloseTo(0.300006 + 0.225 + 0.06 + 0.375, 10);
    expect(costUsd({ ...usage, input: 1_000_000 }, tiered)).toBeCloseTo(60 + 0.225 + 0.06 + 0.375, 10);
  });

  test("has thinking in its output, and counts it once", () => {
    const usage = { input: 0, output: 1_000_000, cacheRead: 0, cacheWrite: 0 };
    expect(costUsd({ ...usage, reasoning: 900_000 }, price)).toBe(costUsd(usage, price));
  });

  test("is lower by the batch, where the provider has such a discount", () => {
    const usage = { input: 100_000, output: 100_000, cacheRead: 0, cacheWrite: 0 };
    expect(costUsd(usage, tiered, { batch: true })).toBeCloseTo(0.9, 10);
    expect(costUsd(usage, price, { batch: true })).toBeCloseTo(1.8, 10);
  });

  test("at worst is a picture what the dearest can be, whatever its bytes", () => {
    const withPicture = (bytes: number): ModelRequest => {
      const images = [{ mediaType: "image/png" as const, base64: "A".repeat(bytes) }];
      return { system: "", messages: [{ role: "user", text: "", images }], tools: [], maxOutputTokens: 1 };
    };
    const [small, large] = [worstCaseUsd(withPicture(8), price), worstCaseUsd(withPicture(4_000_000), price)];
    expect(large).toBeCloseTo(small, 12);
    expect(small).toBeGreaterThan((10_000 * price.input) / 1e6);
    expect(small).toBeLessThan((11_000 * Math.max(price.input, price.cacheWrite)) / 1e6);
  });

  test.each([
    ["input", { ...price, input: 4 }],
    ["reading a cache", { ...price, cacheRead: 4 }],
    ["writing a cache", { ...price, cacheWrite: 4 }],
  ])("at worst is every byte at the price of what is dearest, %s, and the longest answer", (_, prices) => {
    const request: ModelRequest = { system: "ü", messages: [], tools: [], maxOutputTokens: 1000 };
    expect(worstCaseUsd(request, prices)).toBeCloseTo(('["ü",[],[]]'.length + 1) * 4e-6 + 0.015, 12);
    const answer = { name: "level", schema: { type: "object" } };
    const shaped = worstCaseUsd({ ...request, answer }, prices) - worstCaseUsd(request, prices);
    expect(shaped).toBeCloseTo(2 * JSON.stringify(answer).length * 4e-6, 12);
  });

  test("is never over its worst case, whatever is asked and however its tokens are billed", () => {
    const usd = fc.nat(10_000).map((cents) => cents / 100);
    const rates = { input: usd, output: usd, cacheRead: usd, cacheWrite: usd };
    const tier = fc.record({ above: fc.nat(20), ...rates });
    const prices = fc.record({
      ...rates,
      tiers: fc.array(tier, { maxLength: 3 }).map((tiers) => tiers.toSorted((a, b) => a.above - b.above)),
    });
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
