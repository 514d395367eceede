import type { RunStatus } from "../domain/run.ts";
import { isStopped } from "./hold-run.ts";
import type { Db } from "./schema.ts";

export interface ListedRun {
  readonly id: string;
  readonly status: RunStatus;
  /** Left by the command that asked for it, which goes on with it when it is called again. */
  readonly stopped: boolean;
  /** As the ticket's document has it, like `acme/shop#101`. */
  readonly ticket: string;
  readonly title: string;
  readonly branch: string | null;
  readonly costUsd: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** The newest runs, the newest first; a call that is under way costs what is reserved for it. */
export async function listRuns(db: Db, limit: number): Promise<readonly ListedRun[]> {
  const rows = await db
    .selectFrom("runs")
    .innerJoin("tickets", "tickets.id", "runs.ticketId")
    .select(["runs.id", "status", "owner", "repo", "externalId", "title", "branch"])
    .select(["runs.createdAt", "startedAt", "endedAt"])
    .select((builder) => isStopped(builder).as("stopped"))
    .select(({ selectFrom }) =>
      selectFrom("ledger")
        .select(({ fn }) => fn.sum<number>(fn.coalesce("settledUsd", "reservedUsd")).as("usd"))
        .whereRef("ledger.runId", "=", "runs.id")
        .as("costUsd"),
    )
    .orderBy("runs.createdAt", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ owner, repo, externalId, costUsd, stopped, ...run }) => ({
    ...run,
    stopped: Boolean(stopped),
    ticket: `${owner}/${repo}#${externalId}`,
    costUsd: costUsd ?? 0,
  }));
}
