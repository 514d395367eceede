import { NightshiftError } from "../domain/errors.ts";
import type { RecordedSummary } from "../domain/summary.ts";
import type { Summarize } from "./summarize.ts";

export interface ReplayedSummaries {
  readonly summarize: Summarize;
  /** Whether the next one was made when there were so many turns, and was not asked for yet. */
  awaited(after: number): boolean;
  /** Passes it over. */
  skip(): void;
}

/** Summaries that say what was recorded; `unknown` is told of one that is asked for today only. */
export function replayedSummaries(
  recorded: readonly RecordedSummary[],
  unknown: (after: number) => void,
): ReplayedSummaries {
  const waiting = [...recorded];
  return {
    awaited: (after) => waiting[0]?.after === after,
    skip: () => void waiting.shift(),
    summarize: async ({ after, upTo }) => {
      const [next] = waiting;
      if (next?.after !== after) {
        unknown(after);
        return { status: "refused", reason: "none was recorded", costUsd: 0 };
      }
      // The model had been shown less, since it had found that too long.
      if (next.made !== null && upTo > next.made.upTo) throw tooLong();
      waiting.shift();
      if (next.made === null) return { status: "invalid", reason: "as it was recorded", costUsd: next.costUsd };
      return { status: "answered", value: next.made.summary, costUsd: next.costUsd };
    },
  };
}

export function tooLong(): NightshiftError {
  return new NightshiftError("context_overflow", "The conversation was too long for the model.");
}
