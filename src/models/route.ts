import { explain, NightshiftError } from "../domain/errors.ts";
import type { EventSink } from "../domain/event.ts";
import { BrokenAnswer, type Model, type ModelRequest, ModelUnavailable, RequestRefused } from "../domain/model.ts";
import type { Purse } from "../domain/purse.ts";
import type { Route } from "../domain/route.ts";
import { askModel, type Outcome } from "./ask-model.ts";
import { backoffMs } from "./backoff.ts";
import { type Circuits, openCircuits } from "./circuits.ts";
import { realWorld, type World } from "./world.ts";

export interface Patience {
  /** How often one model is asked before the next is. */
  readonly tries: number;
  /** Time for one call, in ms. */
  readonly callMs: number;
  /** Time in which calls are tried again, over all models, in ms. */
  readonly turnMs: number;
}

export interface RouteParts {
  /** In their order. */
  readonly models: readonly [Model, ...Model[]];
  readonly purse: Purse;
  readonly tell?: EventSink;
  readonly patience?: Patience;
  /** Shared by all routes of a process. */
  readonly circuits?: Circuits;
  readonly world?: World;
}

const usualPatience: Patience = { tries: 4, callMs: 600_000, turnMs: 1_200_000 };

/** Asks the first model, again while there is hope, and then the next. */
export function routeOf(parts: RouteParts): Route {
  const ask = asker(parts);
  return {
    models: namesOf(parts.models),
    ...smallestOf(parts.models),
    async complete(request, { signal }) {
      const outcome = await ask(request, signal);
      if (outcome.reply === undefined) throw outcome.error;
      const { reply, costUsd, left } = outcome;
      return { reply, costUsd, ...(left && { left }) };
    },
  };
}

function smallestOf(models: readonly Model[]): Pick<Route, "contextTokens"> {
  const known = models.flatMap(({ contextTokens }) => contextTokens ?? []);
  return known.length === 0 ? {} : { contextTokens: Math.min(...known) };
}

type Named = { readonly name: string };

export function namesOf(models: readonly [Named, ...Named[]]): readonly [string, ...string[]] {
  const [first, ...others] = models;
  return [first.name, ...others.map(({ name }) => name)];
}

type Ask = (request: ModelRequest, signal: AbortSignal) => Promise<Outcome>;

/** What `routeOf` does, with the failure as a value, so that what it cost is known. */
export function asker(parts: RouteParts): Ask {
  const { models, tell = async () => undefined, world = realWorld, circuits = openCircuits(world) } = parts;
  return async (request, signal) => {
    const until = world.now() + (parts.patience ?? usualPatience).turnMs;
    const turn: Turn = { ...parts, tell, world, circuits, request, signal, until };
    const open: Model[] = [];
    let paidUsd = 0;
    let last: { readonly model: Model; readonly error: unknown } | undefined;
    let tooSmall = 0;

    const attempt = async (model: Model, tries?: number): Promise<Outcome | undefined> => {
      if (last !== undefined) await tellSwitch(tell, last, model);
      const outcome = await insist(model, turn, tries);
      paidUsd += outcome.costUsd;
      if (outcome.reply !== undefined || isFinal(outcome.error, signal)) return { ...outcome, costUsd: paidUsd };
      last = { model, error: outcome.error };
      if (codeOf(outcome.error) === "context_overflow") tooSmall = Math.max(tooSmall, model.contextTokens ?? Infinity);
      return undefined;
    };

    for (const model of models) {
      if (last !== undefined && world.now() >= until) break;
      if (tooSmall > 0 && (model.contextTokens ?? 0) <= tooSmall) continue;
      const admission = circuits.admit(model.name);
      if (admission === "open") {
        open.push(model);
        await tell({ type: "model_skipped", model: model.name, reason: "it failed several times in a row" });
        continue;
      }
      const outcome = await (admission === "half-open" ? probe(attempt, model, circuits) : attempt(model));
      if (outcome !== undefined) return outcome;
    }
    // With nobody else to ask, one that may be back is better than none.
    for (const model of open.length === models.length ? open : []) {
      const outcome = await attempt(model);
      if (outcome !== undefined) return outcome;
    }
    return { error: last?.error, costUsd: paidUsd };
  };
}

/** One call only, to see whether the model is back. */
async function probe(
  attempt: (model: Model, tries: number) => Promise<Outcome | undefined>,
  model: Model,
  circuits: Circuits,
): Promise<Outcome | undefined> {
  try {
    return await attempt(model, 1);
  } finally {
    circuits.released(model.name);
  }
}

async function tellSwitch(tell: EventSink, from: { readonly model: Model; readonly error: unknown }, to: Model) {
  // Waiting mends no key and no request: somebody has to see to it.
  if (codeOf(from.error) === "model_refused") await tell({ type: "warned", message: explain(from.error) });
  await tell({ type: "model_switched", from: from.model.name, to: to.name });
}

type Turn = Required<Pick<RouteParts, "tell" | "circuits" | "world">> &
  RouteParts & { readonly request: ModelRequest; readonly signal: AbortSignal; readonly until: number };

/** Asks one model until it answers, refuses, or there is no hope left. */
async function insist(model: Model, turn: Turn, limit?: number): Promise<Outcome> {
  const { circuits, world, signal, tell, patience = usualPatience } = turn;
  let paidUsd = 0;
  for (let tried = 1; ; tried += 1) {
    const limitMs = Math.max(1, Math.min(patience.callMs, turn.until - world.now()));
    const outcome = await askModel(model, turn.request, { ...turn, limitMs });
    paidUsd += outcome.costUsd;
    if (outcome.reply !== undefined) {
      circuits.succeeded(model.name);
      return { ...outcome, costUsd: paidUsd };
    }
    const { error, costUsd } = outcome;
    if (isFinal(error, signal)) return { error, costUsd: paidUsd };
    const retryInMs = tried < (limit ?? patience.tries) ? retryDelay(error, tried, turn) : null;
    await tell({ type: "model_failed", model: model.name, reason: explain(error), costUsd, retryInMs });
    if (retryInMs === null) {
      // What is wrong with one request is nothing that the others have to know.
      const isModels = codeOf(error) !== "context_overflow" && !(error instanceof RequestRefused);
      if (isModels) circuits.failed(model.name);
      return { error, costUsd: paidUsd };
    }
    await pause(retryInMs, turn);
  }
}

/** `null` where waiting would not help, or would take longer than there is time. */
function retryDelay(error: unknown, tried: number, { world, until }: Turn): number | null {
  if (codeOf(error) !== "model_unavailable") return null;
  const asked = error instanceof ModelUnavailable || error instanceof BrokenAnswer ? error.retryAfterMs : undefined;
  const ms = backoffMs(tried, asked, world.random);
  return world.now() + ms < until ? ms : null;
}

async function pause(ms: number, { world, signal }: Turn): Promise<void> {
  try {
    await world.wait(ms, signal);
  } catch (cause) {
    throw new NightshiftError("cancelled", "Waiting for a model was cancelled.", { cause });
  }
}

/** Whether no other model could do better. */
function isFinal(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || !isOneModels(error);
}

/** Whether another model may do better. */
export function isOneModels(error: unknown): boolean {
  return ["model_unavailable", "model_refused", "context_overflow"].includes(codeOf(error) ?? "");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof NightshiftError ? error.code : undefined;
}
