import { NightshiftError } from "../../src/domain/errors.ts";
import type { AssistantMessage } from "../../src/domain/message.ts";
import { BrokenAnswer, type Model, type ModelRequest, ModelUnavailable } from "../../src/domain/model.ts";
import type { Purse } from "../../src/domain/purse.ts";

type Act = string | NightshiftError | ((request: ModelRequest, signal: AbortSignal) => Promise<string>);

export interface ActingModel extends Model {
  readonly asked: readonly ModelRequest[];
}

/** A model that answers or fails as it is told, call by call; the last act is repeated. A token of output costs a cent. */
export function actingModel(name: string, acts: readonly Act[], contextTokens?: number): ActingModel {
  const asked: ModelRequest[] = [];
  return {
    name,
    price: { input: 0, output: 10_000, cacheRead: 0, cacheWrite: 0 },
    ...(contextTokens !== undefined && { contextTokens }),
    asked,
    async complete(request, { signal }) {
      const act = acts[Math.min(asked.length, acts.length - 1)] ?? "";
      asked.push(request);
      if (act instanceof NightshiftError) throw act;
      return saying(typeof act === "string" ? act : await act(request, signal), name);
    },
  };
}

function saying(text: string, model: string): AssistantMessage {
  const usage = { input: 0, output: 1, cacheRead: 0, cacheWrite: 0 };
  return { role: "assistant", content: [{ type: "text", text }], stopReason: "end", usage, model };
}

export const unavailable = new ModelUnavailable("It is down.");
export const refused = new NightshiftError("model_refused", "The key is wrong. Set ITS_KEY.");
export const overflow = new NightshiftError("context_overflow", "The conversation is too long.");
/** After three cents. */
export const broken = new BrokenAnswer("It broke off.", { input: 0, output: 3, cacheRead: 0, cacheWrite: 0 });

export function rateLimit(retryAfterMs: number): ModelUnavailable {
  return new ModelUnavailable("Too many requests.", { retryAfterMs });
}

export interface OpenPurse extends Purse {
  /** What was settled, in its order. */
  readonly paid: readonly { readonly model: string; readonly usd: number; readonly counted: boolean }[];
  /** Reservations that nobody has settled. */
  readonly open: () => number;
}

/** A purse that never runs out, and remembers. */
export function openPurse(): OpenPurse {
  const paid: { model: string; usd: number; counted: boolean }[] = [];
  let open = 0;
  return {
    paid,
    open: () => open,
    async reserve({ model }) {
      open += 1;
      return {
        async settle({ usd, usage }) {
          open -= 1;
          paid.push({ model, usd, counted: usage !== undefined });
        },
      };
    },
  };
}

export const aRequest: ModelRequest = {
  system: "Be brief.",
  messages: [{ role: "user", text: "Well?" }],
  tools: [],
  maxOutputTokens: 10,
};
