import type { Price } from "../domain/model.ts";
import type { Reasoning } from "./reasoning.ts";
import type { Structured } from "./structured.ts";

/** What an adapter has to know of a model, whichever format it speaks. */
export interface ModelOptions {
  /** As people and the ledger name it, like `deepseek`. What a model wants back goes only to the provider that said it. */
  readonly provider: string;
  /** A local server may need none. */
  readonly apiKey?: string | undefined;
  /** The environment variable that the key came from, for advice in errors. */
  readonly keyVariable?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly price: Price;
  readonly reasoning?: Reasoning | undefined;
  /** How an answer that is data is asked for. */
  readonly structured?: Structured | undefined;
  /** Default true: an answer may take longer than a silent connection lives. */
  readonly stream?: boolean | undefined;
  readonly contextTokens?: number | undefined;
  /** How long a server may be silent; default 5 minutes, which is also the most that Node's own `fetch` bears. */
  readonly idleMs?: number | undefined;
}

export const defaultIdleMs = 300_000;
