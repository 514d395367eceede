import { NightshiftError } from "../domain/errors.ts";
import type { AssistantMessage, Usage } from "../domain/message.ts";
import { BrokenAnswer, costUsd, type Model, type ModelRequest, worstCaseUsd } from "../domain/model.ts";
import type { Purse } from "../domain/purse.ts";
import type { Route } from "../domain/route.ts";

export interface RouteParts {
  /** In their order. */
  readonly models: readonly [Model, ...Model[]];
  readonly purse: Purse;
}

/** Asks the first model, and the next one when it is not available. */
export function routeOf({ models, purse }: RouteParts): Route {
  return {
    models: [models[0].name, ...models.slice(1).map(({ name }) => name)],
    async complete(request, { signal }) {
      let paidUsd = 0;
      let failure: unknown;
      for (const model of models) {
        const attempt = await ask(model, request, { signal, purse });
        paidUsd += attempt.costUsd;
        if (attempt.reply !== undefined) return { reply: attempt.reply, costUsd: paidUsd };
        failure = attempt.error;
        if (!(failure instanceof NightshiftError && failure.code === "model_unavailable")) break;
      }
      throw failure;
    },
  };
}

type Attempt = { readonly costUsd: number } & (
  | { readonly reply: AssistantMessage; readonly error?: undefined }
  | { readonly reply: undefined; readonly error: unknown }
);

/** One call, reserved before and settled after. */
async function ask(
  model: Model,
  request: ModelRequest,
  { signal, purse }: { readonly signal: AbortSignal; readonly purse: Purse },
): Promise<Attempt> {
  const reservation = await purse.reserve({ model: model.name, usd: worstCaseUsd(request, model.price) });
  const settle = async (usage: Usage | undefined) => {
    const usd = usage === undefined ? 0 : costUsd(usage, model.price);
    await reservation.settle({ usd, usage });
    return usd;
  };
  let reply: AssistantMessage;
  try {
    reply = await model.complete(request, { signal });
  } catch (error) {
    return { reply: undefined, error, costUsd: await settle(error instanceof BrokenAnswer ? error.usage : undefined) };
  }
  return { reply, costUsd: await settle(reply.usage) };
}
