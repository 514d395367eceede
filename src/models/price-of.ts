import { NightshiftError } from "../domain/errors.ts";
import type { Price } from "../domain/model.ts";
import type { LlmMode, ProviderSettings } from "../domain/settings.ts";
import prices from "./prices.json" with { type: "json" };

const tables: Readonly<Record<LlmMode, Readonly<Record<string, Price>>>> = {
  claude: prices.anthropic,
  openai: prices.openai,
  local: {},
};

/**
 * What a provider's model costs: the operator's word, else the published price; a local model is free.
 * Without a price no budget could hold, so a model that nobody knows is refused.
 * @throws NightshiftError `bad_settings` that says how to give the price.
 */
export function priceOf(provider: LlmMode, settings: Pick<ProviderSettings, "model" | "price">): Price {
  if (settings.price) {
    const { input, output, cache_read, cache_write } = settings.price;
    // Unknown cache prices are taken as the dearest that providers ask, so that a budget is never exceeded.
    return { input, output, cacheRead: cache_read ?? input, cacheWrite: cache_write ?? input * 1.25 };
  }
  const published = tables[provider][undated(settings.model)];
  if (published) return published;
  if (provider === "local") return { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  throw new NightshiftError(
    "bad_settings",
    `The price of ${settings.model} is not known, so no budget could hold: add \`price: { input: …, output: … }\` ` +
      `(USD per million tokens) under llm.providers.${provider} in nightshift.yaml.`,
  );
}

/** A model's name without the date of its snapshot: `claude-sonnet-4-5-20250929`, `gpt-4o-2024-08-06`, `…-latest`. */
function undated(model: string): string {
  return model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, "");
}
