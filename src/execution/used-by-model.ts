import type { Spending } from "../store/spending.ts";
import type { Coded } from "./coded.ts";
import type { Round } from "./round.ts";

type Used = Pick<Coded, "model" | "turns" | "costUsd">;

/**
 * What all rounds of a run together asked of each model, in the order in which they came to it, and what each was paid. A model
 * that was paid and did not answer has no turns.
 */
export function usedByModel(rounds: readonly Round[], { lines }: Spending, runId: string): readonly Used[] {
  const paid = lines.filter((line) => line.runId === runId && /^code( \d+)?$/.test(line.step));
  const models = new Set([...rounds.map(({ work }) => work.model), ...paid.map(({ model }) => model)]);
  return [...models].map((model) => ({
    model,
    turns: rounds.reduce((sum, { work }) => (work.model === model ? sum + work.turns : sum), 0),
    costUsd: paid.reduce((sum, line) => (line.model === model ? sum + line.usd : sum), 0),
  }));
}
