import type { Spending } from "../store/spending.ts";
import { totalUsd } from "../store/spending.ts";

/** What a ticket has cost in all its runs, by step and model, as a table where it is more than one line; nothing while it has cost nothing. `ticketUsd` is the operator's budget for a ticket. */
export function spendingLines(spending: Spending, ticketUsd: number): readonly string[] {
  if (spending.lines.length === 0) return [];
  const sums = new Map<string, { readonly calls: number; readonly usd: number }>();
  for (const { step, model, calls, usd } of spending.lines) {
    const name = `${step} | \`${model}\``;
    const before = sums.get(name) ?? { calls: 0, usd: 0 };
    sums.set(name, { calls: before.calls + calls, usd: before.usd + usd });
  }
  const budget = spending.budgetUsd ?? ticketUsd;
  const table = [...sums].map(([name, { calls, usd }]) => `| ${name} | ${calls} | $${usd.toFixed(4)} |`);
  return [
    ...(table.length > 1 ? ["| Step | Model | Calls | Cost |", "|---|---|---|---|", ...table, ""] : []),
    `$${totalUsd(spending).toFixed(4)} of the $${budget.toFixed(2)} that this ticket may cost.`,
  ];
}
