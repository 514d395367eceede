import { z } from "zod";

/** What one agent may use up before it is stopped. */
export const budget = z.object({
  usd: z.number().nonnegative(),
  turns: z.number().int().positive(),
  /** Wall-clock time of the agent's work, in ms. */
  timeMs: z.number().int().positive(),
});
export type Budget = Readonly<z.infer<typeof budget>>;

export interface Spent {
  readonly usd: number;
  readonly turns: number;
  readonly timeMs: number;
}

/**
 * Why the next model call must not be made, or `undefined` when it may.
 * @param nextUsd the most that call can cost; checked before, since a paid call cannot be taken back.
 */
export function exhausted(limit: Budget, spent: Spent, nextUsd: number): string | undefined {
  if (spent.turns >= limit.turns) return `the limit of ${limit.turns} turns is reached`;
  if (spent.timeMs >= limit.timeMs) return `the time limit of ${Math.round(limit.timeMs / 1000)} s is reached`;
  if (spent.usd + nextUsd > limit.usd) {
    return `the budget of $${limit.usd.toFixed(2)} does not cover another call ($${spent.usd.toFixed(4)} spent, up to $${nextUsd.toFixed(4)} for the next)`;
  }
  return undefined;
}
