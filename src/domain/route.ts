import type { EventSink } from "./event.ts";
import type { AssistantMessage } from "./message.ts";
import type { ModelRequest } from "./model.ts";
import type { MoneyLeft, Purse } from "./purse.ts";

/** Kinds of work that may go to different models. */
export const kindsOfWork = ["code", "planning", "review", "triage"] as const;
export type Work = (typeof kindsOfWork)[number];

export interface Completion {
  readonly reply: AssistantMessage;
  /** All that was paid for it, failed attempts included. */
  readonly costUsd: number;
  readonly left?: MoneyLeft;
  /** What several models had proposed, out of which one made the reply. */
  readonly proposals?: readonly AssistantMessage[];
}

/**
 * The models for one kind of work, in their order. `complete` asks until one of them has answered in full.
 * @throws NightshiftError `budget_exhausted` before a call that the purse does not cover, `context_overflow`, `cancelled`,
 *   else what the last model that was asked threw (`model_unavailable`, `model_refused`).
 */
export interface Route {
  /** `provider/model`, as people and the ledger name them; the first is asked first. */
  readonly models: readonly [string, ...string[]];
  /** How many tokens a request and its answer may have together for every one of them that is known to have a limit. */
  readonly contextTokens?: number;
  complete(request: ModelRequest, options: { readonly signal: AbortSignal }): Promise<Completion>;
}

export interface RouteOptions {
  readonly purse: Purse;
  readonly tell: EventSink;
  /** How many of its models are passed over, because evidence says that they do not suffice. */
  readonly from?: number;
}

/** Every model that the operator has configured, as routes in the order in which they are written. */
export interface Models {
  route(work: Work, options: RouteOptions): Route;
  /** The names of a route's models, `provider/model`, in their order. */
  namesOf(work: Work): readonly [string, ...string[]];
  /** The same models in the order in which a run asks them: always the same one for it, whoever works on it and how often. */
  forRun(runId: string): Models;
}
