import { NightshiftError } from "../domain/errors.ts";

/** A budget that a call would have passed. */
export interface PassedBudget {
  readonly kind: "ticket" | "repository_day" | "day";
  /** `owner/name`. */
  readonly repository: string;
  readonly limitUsd: number;
  /** What was spent, and what is reserved for calls under way. */
  readonly heldUsd: number;
}

/** The error that says which budget does not cover a call of up to `usd`, and how to go on. `maxUsd` is the most that a comment may allow. */
export function explainExhausted(
  passed: PassedBudget,
  { usd, maxUsd }: { readonly usd: number; readonly maxUsd: number },
): NightshiftError {
  const { limitUsd, heldUsd } = passed;
  const message = `${nameOf(passed)} of $${limitUsd.toFixed(2)} does not cover another call ($${heldUsd.toFixed(4)} spent or reserved, up to $${usd.toFixed(4)} for the next); ${wayOut(passed, usd, maxUsd)}`;
  return new NightshiftError("budget_exhausted", message);
}

function nameOf({ kind, repository }: PassedBudget): string {
  switch (kind) {
    case "ticket":
      return "the ticket's budget";
    case "repository_day":
      return `the day's budget for ${repository}`;
    case "day":
      return "the day's budget for all repositories";
    default:
      return kind satisfies never;
  }
}

/** The label would start over. */
const goOn = "comment `/robot budget N` to go on from here";

function wayOut({ kind, limitUsd, heldUsd }: PassedBudget, usd: number, maxUsd: number): string {
  switch (kind) {
    case "ticket": {
      const enough = Math.ceil(Math.max(2 * limitUsd, heldUsd + usd));
      if (heldUsd + usd <= maxUsd) return `comment \`/robot budget ${Math.min(enough, maxUsd)}\` to go on from here`;
      return `a comment may allow $${maxUsd.toFixed(2)} at most: raise budget.ticket_max_usd in nightshift.yaml`;
    }
    case "repository_day":
      return `raise budget.repo_day_usd in nightshift.yaml, or wait until tomorrow (days end at midnight UTC); then ${goOn}`;
    case "day":
      return `raise budget.day_usd in nightshift.yaml, or wait until tomorrow (days end at midnight UTC); then ${goOn}`;
    default:
      return kind satisfies never;
  }
}
