import { NightshiftError } from "../domain/errors.ts";
import type { Ticket } from "../domain/ticket.ts";

/** A budget that a call would have passed. */
export interface PassedBudget {
  readonly kind: "ticket" | "repository_day" | "day";
  /** `owner/name`. */
  readonly repository: string;
  readonly limitUsd: number;
  /** What was spent, and what is reserved for calls under way. */
  readonly heldUsd: number;
}

interface RefusedCall {
  /** The most that it could have cost. */
  readonly usd: number;
  /** The most that a comment may allow. */
  readonly maxUsd: number;
  /** Who may allow more: people on its issue, or whoever calls `nightshift solve`. */
  readonly source: Ticket["source"];
}

/** The error that says which budget does not cover a call, and how to go on. */
export function explainExhausted(passed: PassedBudget, call: RefusedCall): NightshiftError {
  const { usd } = call;
  const { limitUsd, heldUsd } = passed;
  const message = `${nameOf(passed)} of $${limitUsd.toFixed(2)} does not cover another call ($${heldUsd.toFixed(4)} spent or reserved, up to $${usd.toFixed(4)} for the next); ${wayOut(passed, call)}`;
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

function wayOut({ kind, limitUsd, heldUsd }: PassedBudget, { usd, maxUsd, source }: RefusedCall): string {
  switch (kind) {
    case "ticket": {
      const enough = Math.ceil(Math.max(2 * limitUsd, heldUsd + usd));
      if (source === "local") return goOn(source, enough);
      if (heldUsd + usd <= maxUsd) return goOn(source, Math.min(enough, maxUsd));
      return `a comment may allow $${maxUsd.toFixed(2)} at most: raise budget.ticket_max_usd in nightshift.yaml`;
    }
    case "repository_day":
      return `raise budget.repo_day_usd in nightshift.yaml, or wait until tomorrow (days end at midnight UTC); then ${goOn(source)}`;
    case "day":
      return `raise budget.day_usd in nightshift.yaml, or wait until tomorrow (days end at midnight UTC); then ${goOn(source)}`;
    default:
      return kind satisfies never;
  }
}

/** What goes on from here with so much in all; the label would start over. */
function goOn(source: Ticket["source"], usd?: number): string {
  switch (source) {
    case "github_issue":
      return `comment \`/robot budget ${usd ?? "N"}\` to go on from here`;
    case "local":
      return `call the same command again${usd === undefined ? "" : ` with \`--budget ${usd}\``} to go on from here`;
    default:
      return source satisfies never;
  }
}
