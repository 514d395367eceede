import { BlockList, isIP } from "node:net";
import type { PriceSettings, ProviderSettings } from "../domain/llm-settings.ts";
import type { Price } from "../domain/model.ts";
import prices from "./prices.json" with { type: "json" };

interface Vendor {
  readonly source: string;
  readonly host: string;
  readonly batch: number;
  readonly models: Readonly<Record<string, Price & { readonly contextTokens: number }>>;
}

const vendors: Readonly<Record<string, Vendor>> = prices.vendors;
const vendorOf: Readonly<Record<string, Vendor>> = { claude: prices.vendors.anthropic, openai: prices.vendors.openai };

export interface KnownPrice {
  readonly price: Price;
  /** Where the price comes from, for people. */
  readonly from: string;
  readonly contextTokens: number | undefined;
}

/**
 * What a provider's model costs: the operator's word, which is about the provider's own `model`, else the published
 * price; `undefined` where nobody knows, since no budget could hold then.
 */
export function priceOf(provider: string, model: string, settings: ProviderSettings): KnownPrice | undefined {
  const vendor = vendorFor(provider, settings);
  const published = vendor?.models[undated(model)];
  const isOwn = settings.model === model;
  const contextTokens = (isOwn ? settings.context_tokens : undefined) ?? published?.contextTokens;
  if (isOwn && settings.price) {
    return { price: priceFrom(settings.price), from: `llm.providers.${provider}.price`, contextTokens };
  }
  if (settings.free) return { price: nothing, from: `llm.providers.${provider}.free`, contextTokens };
  if (vendor && published) {
    const { contextTokens: _, ...rates } = published;
    return { price: { ...rates, batch: vendor.batch }, from: `${vendor.source} of ${prices.date}`, contextTokens };
  }
  if (provider === "local" && !settings.price && isPrivate(settings.base_url)) {
    return { price: nothing, from: "local models are free", contextTokens };
  }
  return undefined;
}

/** The provider's models of which a price is published. */
export function pricedModels(provider: string, settings: ProviderSettings): readonly string[] {
  return Object.keys(vendorFor(provider, settings)?.models ?? {});
}

function vendorFor(provider: string, { base_url }: ProviderSettings): Vendor | undefined {
  return vendorOf[provider] ?? vendorAt(base_url);
}

const nothing: Price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

function priceFrom({ batch, tiers, ...base }: PriceSettings): Price {
  return {
    ...ratesFrom(base),
    ...(batch !== undefined && { batch }),
    ...(tiers && {
      tiers: tiers
        .map(({ above, ...rates }) => ({ above, ...ratesFrom(rates) }))
        .toSorted((one, other) => one.above - other.above),
    }),
  };
}

// Unknown cache prices are taken as the dearest that providers ask, so that a budget is never exceeded.
function ratesFrom({ input, output, cache_read, cache_write }: Omit<PriceSettings, "batch" | "tiers">) {
  return { input, output, cacheRead: cache_read ?? input, cacheWrite: cache_write ?? input * 1.25 };
}

function vendorAt(address: string | undefined): Vendor | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { hostname } = new URL(address);
  return Object.values(vendors).find(({ host }) => host === hostname);
}

/** Whether an address is of this machine or of a network of one's own, where nobody sends bills. */
function isPrivate(address: string | undefined): boolean {
  if (address === undefined) return true;
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) > 0) return ownNetworks.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
  return !host.includes(".") || /\.(local|localhost)$|^host\.docker\.internal$/.test(host);
}

const ownNetworks = new BlockList();
ownNetworks.addSubnet("127.0.0.0", 8);
ownNetworks.addSubnet("10.0.0.0", 8);
ownNetworks.addSubnet("172.16.0.0", 12);
ownNetworks.addSubnet("192.168.0.0", 16);
ownNetworks.addSubnet("100.64.0.0", 10);
ownNetworks.addSubnet("169.254.0.0", 16);
ownNetworks.addAddress("::1", "ipv6");
ownNetworks.addSubnet("fc00::", 7, "ipv6");
ownNetworks.addSubnet("fe80::", 10, "ipv6");

/** A model's name without the date of its snapshot: `claude-sonnet-4-5-20250929`, `gpt-4o-2024-08-06`, `…-latest`. */
function undated(model: string): string {
  return model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, "");
}
