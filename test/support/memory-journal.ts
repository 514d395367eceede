import type { Journal, RecordedTurn } from "../../src/agent/journal.ts";
import type { RecordedSummary } from "../../src/domain/summary.ts";

export interface MemoryJournal extends Journal {
  /** What was recorded so far, to go on from after a crash. */
  readonly turns: readonly RecordedTurn[];
  /** The turns after which the workspace may have changed. */
  readonly changed: readonly number[];
  /** What was recorded of summaries so far. */
  readonly attempts: readonly RecordedSummary[];
}

/** A journal that lasts as long as the test. */
export function memoryJournal(
  recorded: readonly RecordedTurn[] = [],
  summaries: readonly RecordedSummary[] = [],
): MemoryJournal {
  const attempts = [...summaries];
  const turns = [...recorded];
  const changed: number[] = [];
  return {
    recorded: [...recorded],
    turns,
    changed,
    summaries,
    attempts,
    summarized: async (summary) => void attempts.push(summary),
    async paid({ n, asked: { level }, reply, costUsd, timeMs = 0 }) {
      if (turns.some((turn) => turn.n === n)) throw new Error(`Turn ${n} is paid twice.`);
      turns.push({ n, reply, results: undefined, costUsd, ...(level > 0 && { level }), ...(timeMs > 0 && { timeMs }) });
    },
    async answered({ n, reply, results, changed: mayHaveChanged }) {
      const at = turns.findIndex((turn) => turn.n === n);
      const paid = turns[at];
      if (paid === undefined) throw new Error(`Turn ${n} is answered before it is paid.`);
      turns[at] = { ...paid, reply, results };
      if (mayHaveChanged) changed.push(n);
    },
  };
}
