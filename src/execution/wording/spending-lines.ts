import type { Spending } from "../../store/spending.ts";
import { totalUsd } from "../../store/spending.ts";

/** What a ticket has cost in all its runs, by step and model, as a table; nothing while it has cost nothing. `ticketUsd` is the operator's budget for a ticket. */
export function spendingLines(spending: Spending, ticketUsd: number): readonly string[] {
  if (spending.lines.length === 0) return [];
  const sums = new Map<string, { readonly calls: number; readonly usd: number }>();
  for (const { step, model, calls, usd } of spending.lines) {
    const name = `${step} | \`${model}\``;
    const before = sums.get(name) ?? { calls: 0, usd: 0 };
    sums.set(name, { calls: before.calls + calls, usd: before.usd + usd });
  }
  const table = [...sums].map(([name, { calls, usd }]) => `| ${name} | ${calls} | $${usd.toFixed(4)} |`);
  return ["| Step | Model | Calls | Cost |", "|---|---|---|---|", ...table, "", totalLine(spending, ticketUsd)];
}

/** The last line of that. */
export function totalLine(spending: Spending, ticketUsd: number): string {
  const budget = spending.budgetUsd ?? ticketUsd;
  return `$${totalUsd(spending).toFixed(4)} of the $${budget.toFixed(2)} that this ticket may cost.`;
}
