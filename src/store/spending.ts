import type { Db } from "./schema.ts";

/** What calls of one kind came to; one that is under way counts with what is reserved for it. */
export interface SpendingLine {
  readonly runId: string;
  readonly step: string;
  /** `provider/model`. */
  readonly model: string;
  readonly calls: number;
  readonly usd: number;
}

/** What a ticket has cost so far, run by run, by the ledger. */
export interface Spending {
  /** What people have allowed it in all; `null` while the operator's setting holds. */
  readonly budgetUsd: number | null;
  readonly lines: readonly SpendingLine[];
}

export async function readSpending(db: Db, ticketId: string): Promise<Spending> {
  const lines = await db
    .selectFrom("ledger")
    .select(["runId", "step", "model"])
    .select(({ fn }) => [
      fn.countAll<number>().as("calls"),
      fn.sum<number>(fn.coalesce("settledUsd", "reservedUsd")).as("usd"),
    ])
    .where("ticketId", "=", ticketId)
    .groupBy(["runId", "step", "model"])
    .orderBy(({ fn }) => fn.min("id"))
    .execute();
  const { budgetUsd } = await db
    .selectFrom("tickets")
    .select("budgetUsd")
    .where("id", "=", ticketId)
    .executeTakeFirstOrThrow();
  return { budgetUsd, lines };
}

/** All of it, or what one run has cost. */
export function totalUsd({ lines }: Spending, runId?: string): number {
  return lines.reduce((sum, line) => (runId === undefined || line.runId === runId ? sum + line.usd : sum), 0);
}
