import type { AssistantMessage, Message, Usage } from "./message.ts";

/** A tool as a model sees it. `parameters` is a JSON Schema of an object. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDescription[];
  readonly maxOutputTokens: number;
}

/** USD per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/**
 * One provider's model.
 * `complete` promises a whole answer or throws a NightshiftError: `model_unavailable` (retryable), `model_refused`
 * (the request or the key is wrong), `context_overflow` (the conversation is too long), `cancelled`.
 */
export interface Model {
  /** `provider/model`, as people and the ledger name it. */
  readonly name: string;
  readonly price: Price;
  complete(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<AssistantMessage>;
}

/** What a call cost, in USD. */
export function costUsd(usage: Usage, price: Price): number {
  const perMillion =
    usage.input * price.input +
    usage.output * price.output +
    usage.cacheRead * price.cacheRead +
    usage.cacheWrite * price.cacheWrite;
  return perMillion / 1_000_000;
}

/**
 * The most a call can cost, in USD: every byte of the request a token of the dearest input kind, and the longest answer.
 * An upper bound on purpose (byte-pair tokenizers never make more tokens than bytes).
 * @param bytes of the request's parts as JSON, where they are counted already.
 */
export function worstCaseUsd(
  request: ModelRequest,
  price: Price,
  bytes = jsonBytes([request.system, request.messages, request.tools]),
): number {
  const dearest = Math.max(price.input, price.cacheRead, price.cacheWrite);
  return (bytes * dearest + request.maxOutputTokens * price.output) / 1_000_000;
}

/** How long a value is as JSON, in bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
