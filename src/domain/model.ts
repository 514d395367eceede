import { type ErrorCode, NightshiftError } from "./errors.ts";
import type { AssistantMessage, Message, Usage } from "./message.ts";

/** A tool as a model sees it. `parameters` is a JSON Schema of an object. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The shape of an answer that is data. `schema` is a JSON Schema of an object. */
export interface AnswerShape {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDescription[];
  readonly maxOutputTokens: number;
  /** Then the answer's text is to be JSON of this shape; still to be checked, since not every provider holds a model to it. */
  readonly answer?: AnswerShape;
  /** How long system, messages and tools are as JSON, in bytes, each picture as the most that it can cost; where that was counted already. */
  readonly bytes?: number;
}

/** USD per million tokens; thinking is part of the output. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface Price extends Rates {
  /** What the whole request costs instead when its prompt has more tokens than `above`, in ascending order. */
  readonly tiers?: readonly ({ readonly above: number } & Rates)[] | undefined;
  /** The part of the price that a call by the provider's batch API costs; default 1. */
  readonly batch?: number | undefined;
}

/**
 * One provider's model; one call is one request, nothing is tried again.
 * `complete` promises a whole answer or throws a NightshiftError: `model_unavailable` (retryable, a `ModelUnavailable`),
 * `model_refused` (the request or the key is wrong), `context_overflow` (the conversation is too long), `cancelled`.
 * Where the provider had the request and did not refuse it, it is a `BrokenAnswer` of that code, since it may be billed.
 */
export interface Model {
  /** `provider/model`, as people and the ledger name it. */
  readonly name: string;
  readonly price: Price;
  /** How many tokens a request and its answer may have together, where that is known. */
  readonly contextTokens?: number;
  complete(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<AssistantMessage>;
}

/** No answer this time; a later call may get one. */
export class ModelUnavailable extends NightshiftError {
  /** How long the server asks to be left alone, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super("model_unavailable", message, { cause: options.cause, retryable: true });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The request itself is wrong: it says nothing about how the model does with others. */
export class RequestRefused extends NightshiftError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("model_refused", message, options);
  }
}

/**
 * An answer that broke off or never came although it was asked for, which the provider may bill. Its code is `model_unavailable` unless it says
 * otherwise: `cancelled` where the caller broke it off.
 */
export class BrokenAnswer extends NightshiftError {
  /** As far as it was told, else reckoned: from what had arrived, or as the longest answer where that cannot be seen. */
  readonly usage: Usage;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    usage: Usage,
    options: { readonly code?: ErrorCode; readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    const code = options.code ?? "model_unavailable";
    super(code, message, { cause: options.cause, retryable: code === "model_unavailable" });
    this.usage = usage;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What a call cost, in USD; `batch` where it went by the provider's batch API, which no adapter asks yet. */
export function costUsd(usage: Usage, price: Price, { batch = false }: { readonly batch?: boolean } = {}): number {
  const rates = ratesFor(price, usage.input + usage.cacheRead + usage.cacheWrite);
  const perMillion =
    usage.input * rates.input +
    usage.output * rates.output +
    usage.cacheRead * rates.cacheRead +
    usage.cacheWrite * rates.cacheWrite;
  return (perMillion / 1_000_000) * (batch ? (price.batch ?? 1) : 1);
}

function ratesFor(price: Price, promptTokens: number): Rates {
  return price.tiers?.findLast(({ above }) => promptTokens > above) ?? price;
}

/**
 * The most a call can cost, in USD: every byte of the request a token of the dearest input kind, a picture what the dearest can be,
 * and the longest answer.
 * An upper bound on purpose (byte-pair tokenizers never make more tokens than bytes).
 */
export function worstCaseUsd(request: ModelRequest, price: Price): number {
  const asked = request.bytes ?? jsonBytes([request.system, request.messages, request.tools]) - pictureBytes(request);
  // Twice, since a schema grows when it is made strict.
  const bytes = asked + (request.answer ? 2 * jsonBytes(request.answer) : 0);
  const possible = [price, ...(price.tiers ?? []).filter(({ above }) => bytes > above)];
  const worst = possible.map((rates) => {
    const dearest = Math.max(rates.input, rates.cacheRead, rates.cacheWrite);
    return bytes * dearest + request.maxOutputTokens * rates.output;
  });
  return Math.max(...worst) / 1_000_000;
}

/** No provider takes more tokens for a picture, however many bytes it has. */
const tokensOfPicture = 10_000;

/** What pictures are as JSON beyond what they can cost. */
export function pictureBytes({ messages }: Pick<ModelRequest, "messages">): number {
  const pictures = messages.flatMap((message) => {
    if (message.role === "user") return message.images ?? [];
    return message.role === "tool" ? message.results.flatMap(({ images }) => images ?? []) : [];
  });
  return pictures.reduce((sum, { base64 }) => sum + base64.length - tokensOfPicture, 0);
}

/** How long a value is as JSON, in bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
