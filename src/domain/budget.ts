import { z } from "zod";

/** What one agent may use up before it is stopped. */
export const budget = z.object({
  turns: z.number().int().positive(),
  /** Wall-clock time of the agent's work, in ms. */
  timeMs: z.number().int().positive(),
});
export type Budget = Readonly<z.infer<typeof budget>>;

export interface Spent {
  readonly turns: number;
  readonly timeMs: number;
}

export interface Exhausted {
  readonly cause: "turns" | "time";
  readonly reason: string;
}

/** Why the next model call must not be made, or `undefined` when it may. Of its money a `Purse` keeps account. */
export function exhausted(limit: Budget, spent: Spent): Exhausted | undefined {
  if (spent.turns >= limit.turns) return { cause: "turns", reason: `the limit of ${limit.turns} turns is reached` };
  if (spent.timeMs >= limit.timeMs) {
    return { cause: "time", reason: `the time limit of ${Math.round(limit.timeMs / 1000)} s is reached` };
  }
  return undefined;
}
