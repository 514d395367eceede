import { expect, test } from "vitest";
import type { ProviderSettings } from "../../../src/domain/llm-settings.ts";
import { priceOf } from "../../../src/models/price-of.ts";
import prices from "../../../src/models/prices.json" with { type: "json" };

const of = (provider: string, settings: Partial<ProviderSettings>, model = settings.model ?? "") =>
  priceOf(provider, model, { enabled: true, ...settings });

test("a published price is found by the model's name, with or without a date, and says its source", () => {
  const sonnet = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, batch: 0.5 };
  expect(of("claude", { model: "claude-sonnet-4-5" })).toEqual({
    price: sonnet,
    from: `https://platform.claude.com/docs/en/about-claude/pricing of ${prices.date}`,
    contextTokens: 200_000,
  });
  expect(of("claude", { model: "claude-sonnet-4-5-20250929" })?.price).toEqual(sonnet);
  expect(of("claude", { model: "claude-3-5-haiku-latest" })?.price).toMatchObject({ input: 0.8 });
  expect(of("openai", { model: "gpt-4o-2024-08-06" })?.price).toMatchObject({ input: 2.5, output: 10 });
});

test("a provider of one's own has the prices of whoever is at its address", () => {
  const base_url = "https://api.groq.com/openai/v1";
  expect(of("fast", { base_url }, "openai/gpt-oss-120b")?.price).toMatchObject({ input: 0.15, output: 0.6 });
  expect(of("fast", { base_url: "https://groq.example.com/v1" }, "openai/gpt-oss-120b")).toBeUndefined();
});

test("the operator's price wins, and unknown cache prices are taken as the dearest", () => {
  expect(of("claude", { model: "claude-sonnet-4-5", price: { input: 4, output: 8 } })).toMatchObject({
    price: { input: 4, output: 8, cacheRead: 4, cacheWrite: 5 },
    from: "llm.providers.claude.price",
  });
  const tiers = [
    { above: 300, input: 9, output: 9 },
    { above: 200, input: 8, output: 16, cache_read: 1 },
  ];
  expect(of("openai", { model: "x", price: { input: 4, output: 8, cache_read: 0, batch: 0.5, tiers } })?.price).toEqual(
    {
      input: 4,
      output: 8,
      cacheRead: 0,
      cacheWrite: 5,
      batch: 0.5,
      tiers: [
        { above: 200, input: 8, output: 16, cacheRead: 1, cacheWrite: 10 },
        { above: 300, input: 9, output: 9, cacheRead: 9, cacheWrite: 11.25 },
      ],
    },
  );
});

test("the operator's price and context are about the provider's own model, not about others of it", () => {
  const settings = { model: "mine", price: { input: 1, output: 1 }, context_tokens: 5 };
  expect(of("claude", settings, "claude-opus-5-5")).toMatchObject({ price: { input: 4 }, contextTokens: 1_000_000 });
  expect(of("claude", settings, "other")).toBeUndefined();
  expect(of("claude", settings)).toMatchObject({ price: { input: 1 }, contextTokens: 5 });
});

test("a local model is free unless the operator gives it a price, and any provider's can be said to be", () => {
  const nothing = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  expect(of("local", { model: "qwen" })?.price).toEqual(nothing);
  expect(of("local", { model: "qwen", price: { input: 1, output: 1 } })?.price).toMatchObject({ input: 1 });
  expect(of("ollama", { free: true }, "any")).toMatchObject({ price: nothing, from: "llm.providers.ollama.free" });
});

test("a local model is free on one's own machines only, and where nothing of the provider has a price", () => {
  const at = (host: string) => of("local", { model: "qwen", base_url: `http://${host}:8000/v1` }) !== undefined;
  const own = [
    "localhost",
    "127.0.0.2",
    "[::1]",
    "10.1.2.3",
    "192.168.0.9",
    "172.20.0.1",
    "[fd00::7]",
    "gpu",
    "gpu.local",
  ];
  expect([...own, "host.docker.internal"].filter((host) => !at(host))).toEqual([]);
  expect(
    ["llm.example.com", "8.8.8.8", "172.32.0.1", "[2001:db8::1]", "local.example", "10.example"].filter(at),
  ).toEqual([]);
  expect(of("local", { model: "qwen", base_url: "https://llm.example.com/v1", free: true })).toMatchObject({
    price: { input: 0, output: 0 },
    from: "llm.providers.local.free",
  });
  expect(of("local", { model: "qwen", price: { input: 1, output: 1 } }, "llama")).toBeUndefined();
});

test("a name that only begins like a known one is not known", () => {
  expect(of("openai", { model: "gpt-5-ultra" })).toBeUndefined();
});

const all: readonly [string, (typeof prices.vendors.openai.models)["gpt-6-sol"]][] = Object.values(
  prices.vendors,
).flatMap(({ models }) => Object.entries(models).map(([name, price]) => [name, { tiers: [], ...price }] as const));

test.each(all)("%s has a sane price", (_, { tiers, contextTokens, ...base }) => {
  for (const rates of [base, ...tiers]) {
    expect(rates.output).toBeGreaterThan(rates.input);
    expect(rates.cacheRead).toBeLessThanOrEqual(rates.input);
    expect(rates.cacheWrite).toBeGreaterThanOrEqual(rates.input);
  }
  for (const tier of tiers) {
    expect(tier.input).toBeGreaterThan(base.input);
    expect(tier.above).toBeLessThan(contextTokens);
  }
  expect(contextTokens).toBeGreaterThan(100_000);
});
