import { readConfiguration } from "../compose/configuration.ts";
import { visitDatabase } from "../compose/database.ts";
import { type ListedRun, listRuns } from "../store/list-runs.ts";
import { fitted, forTerminal } from "./for-terminal.ts";
import type { Verb } from "./verb.ts";

const shown = 20;

export const goesOnAgain = "the same `nightshift solve` goes on where it stood.";

export const runs: Verb<object> = {
  name: "runs",
  summary: `the newest ${shown} runs: their ids (for logs and replay), how they stand, what they cost`,
  example: "nightshift runs --json",
  async run(_, { answer, config }) {
    const configuration = await readConfiguration(process.env, process.cwd(), config);
    await using database = await visitDatabase(configuration);
    const found = await listRuns(database.db, shown);
    const now = new Date();
    const listed = table(found, now);
    // Into a pipe or a file it goes whole.
    const { isTTY, columns } = process.stdout;
    answer({ runs: found.map((run) => toDocument(run, now)) }, isTTY ? fitted(listed, columns) : listed);
    return 0;
  },
};

function toDocument(run: ListedRun, now: Date) {
  const { id, status, stopped, ticket, title, branch, costUsd } = run;
  const { createdAt: created_at, startedAt: started_at, endedAt: ended_at } = run;
  const duration_ms = durationMs(run, now);
  return {
    id,
    status,
    stopped,
    ticket,
    title,
    branch,
    cost_usd: costUsd,
    duration_ms,
    created_at,
    started_at,
    ended_at,
  };
}

/** Of one that has not ended, so far; `null` before a worker has taken it, and while it stands still. */
function durationMs({ startedAt, endedAt, stopped }: ListedRun, now: Date): number | null {
  return startedAt === null || stopped ? null : (endedAt ?? now).getTime() - startedAt.getTime();
}

function table(found: readonly ListedRun[], now: Date): string {
  if (found.length === 0) return "There is no run yet.";
  const rows = found.map((run) => [
    run.id.slice(0, 8),
    run.stopped ? "stopped" : run.status,
    run.createdAt.toISOString().slice(0, 16).replace("T", " "),
    duration(durationMs(run, now)),
    `$${run.costUsd.toFixed(4)}`,
    `${run.ticket} ${forTerminal(run.title)}`,
  ]);
  const head = ["RUN", "STATE", "ASKED FOR (UTC)", "TOOK", "COST", "TICKET"];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  const lines = [head, ...rows].map((row) => line(row).trimEnd());
  const stopped = found.some((run) => run.stopped) ? ["", `What is stopped: ${goesOnAgain}`] : [];
  return [...lines, ...stopped].join("\n");
}

function duration(ms: number | null): string {
  if (ms === null) return "-";
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
