import { expect, test } from "vitest";
import { priceOf } from "../../../src/models/price-of.ts";
import prices from "../../../src/models/prices.json" with { type: "json" };

test("a published price is found by the model's name, with or without a date", () => {
  const sonnet = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
  expect(priceOf("claude", { model: "claude-sonnet-4-5" })).toEqual(sonnet);
  expect(priceOf("claude", { model: "claude-sonnet-4-5-20250929" })).toEqual(sonnet);
  expect(priceOf("claude", { model: "claude-3-5-haiku-latest" })).toMatchObject({ input: 0.8 });
  expect(priceOf("openai", { model: "gpt-4o-2024-08-06" })).toMatchObject({ input: 2.5, output: 10 });
});

test("the operator's price wins, and unknown cache prices are taken as the dearest", () => {
  expect(priceOf("claude", { model: "claude-sonnet-4-5", price: { input: 4, output: 8 } })).toEqual({
    input: 4,
    output: 8,
    cacheRead: 4,
    cacheWrite: 5,
  });
  const price = { input: 4, output: 8, cache_read: 0, cache_write: 6 };
  expect(priceOf("openai", { model: "gpt-5", price })).toMatchObject({ cacheRead: 0, cacheWrite: 6 });
});

test("a local model is free unless the operator gives it a price", () => {
  expect(priceOf("local", { model: "qwen" })).toEqual({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 });
  expect(priceOf("local", { model: "qwen", price: { input: 1, output: 1 } })).toMatchObject({ input: 1 });
});

test("a name that only begins like a known one is not known", () => {
  expect(() => priceOf("openai", { model: "gpt-5-ultra" })).toThrow(/gpt-5-ultra.*price.*llm\.providers\.openai/s);
});

test.each([...Object.entries(prices.anthropic), ...Object.entries(prices.openai)])(
  "%s has a sane price",
  (_, price) => {
    expect(price.output).toBeGreaterThan(price.input);
    expect(price.cacheRead).toBeLessThan(price.input);
    expect(price.cacheWrite).toBeGreaterThanOrEqual(price.input);
  },
);
