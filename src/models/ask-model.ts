import { NightshiftError } from "../domain/errors.ts";
import type { AssistantMessage, Usage } from "../domain/message.ts";
import {
  BrokenAnswer,
  costUsd,
  type Model,
  type ModelRequest,
  ModelUnavailable,
  worstCaseUsd,
} from "../domain/model.ts";
import type { MoneyLeft, Purse } from "../domain/purse.ts";
import type { World } from "./world.ts";

/** What came of a call, and what it cost. */
export type Outcome = { readonly costUsd: number } & (
  | { readonly reply: AssistantMessage; readonly left?: MoneyLeft; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: unknown }
);

export interface Asking {
  readonly purse: Purse;
  readonly world: World;
  readonly signal: AbortSignal;
  /** Time for the call, in ms. */
  readonly limitMs: number;
}

/**
 * One call, reserved before and settled after.
 * @throws NightshiftError `budget_exhausted` before the call.
 */
export async function askModel(model: Model, request: ModelRequest, of: Asking): Promise<Outcome> {
  const mostUsd = worstCaseUsd(request, model.price);
  const reservation = await of.purse.reserve({ model: model.name, usd: mostUsd });
  const settle = async (usage: Usage | undefined) => {
    const usd = usage === undefined ? 0 : costUsd(usage, model.price);
    await reservation.settle({ usd, usage });
    return usd;
  };
  const limit = of.world.expire(of.limitMs);
  let reply: AssistantMessage;
  try {
    reply = await model.complete(request, { signal: AbortSignal.any([of.signal, limit]) });
  } catch (thrown) {
    const usage = thrown instanceof BrokenAnswer ? thrown.usage : undefined;
    const late = limit.aborted && !of.signal.aborted && isCancelled(thrown);
    return { error: late ? tooLate(model, of.limitMs, thrown) : thrown, costUsd: await settle(usage) };
  }
  const callUsd = await settle(reply.usage);
  const { left } = reservation;
  if (left === undefined) return { reply, costUsd: callUsd };
  return { reply, costUsd: callUsd, left: { ...left, usd: left.usd + mostUsd - callUsd, callUsd, mostUsd } };
}

function isCancelled(thrown: unknown): boolean {
  return thrown instanceof NightshiftError && thrown.code === "cancelled";
}

// To the adapter it was cancelled; to the route the model did not answer.
function tooLate({ name }: Model, limitMs: number, cause: unknown): ModelUnavailable {
  const message = `${name} did not answer within ${Math.round(limitMs / 1000)} s.`;
  return new ModelUnavailable(message, { cause });
}
