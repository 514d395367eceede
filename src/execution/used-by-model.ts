import type { Coded } from "./coded.ts";
import type { Round } from "./round.ts";

type Used = Pick<Coded, "model" | "turns" | "costUsd">;

/** What all rounds together asked of each model, in the order in which they came to it. */
export function usedByModel(rounds: readonly Round[]): readonly Used[] {
  const used = new Map<string, Used>();
  for (const { work } of rounds) {
    const { model } = work;
    const { turns, costUsd } = used.get(model) ?? { turns: 0, costUsd: 0 };
    used.set(model, { model, turns: turns + work.turns, costUsd: costUsd + work.costUsd });
  }
  return [...used.values()];
}
