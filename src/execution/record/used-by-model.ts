import type { Spending } from "../../store/spending.ts";
import type { Coded } from "../coded.ts";
import { type Round, stepOf } from "../round.ts";

type Used = Pick<Coded, "model" | "turns" | "costUsd">;

/**
 * What all rounds of a run together asked of each model, in the order in which they came to it, and what each was paid. A model
 * that was paid and did not answer has no turns.
 * @param takenUp how many turns of each step are another run's, and were paid there.
 */
export function usedByModel(
  rounds: readonly Round[],
  { lines }: Spending,
  runId: string,
  takenUp: ReadonlyMap<string, number> = new Map(),
): readonly Used[] {
  const paid = lines.filter((line) => line.runId === runId && /^code( \d+)?$/.test(line.step));
  const own = rounds.map(({ work: { model, turns } }, index) => ({
    model,
    turns: turns - (takenUp.get(stepOf("code", index + 1)) ?? 0),
  }));
  const models = new Set([
    ...own.filter(({ turns }) => turns > 0).map(({ model }) => model),
    ...paid.map(({ model }) => model),
  ]);
  return [...models].map((model) => ({
    model,
    turns: own.reduce((sum, round) => (round.model === model ? sum + round.turns : sum), 0),
    costUsd: paid.reduce((sum, line) => (line.model === model ? sum + line.usd : sum), 0),
  }));
}
