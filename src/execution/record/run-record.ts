import type { RunRecord } from "../../domain/run-record.ts";
import { toDocument } from "../../domain/ticket.ts";
import { listEvents } from "../../store/events.ts";
import { getRun } from "../../store/runs.ts";
import type { Db } from "../../store/schema.ts";
import { readSpending, totalUsd } from "../../store/spending.ts";
import { findStep } from "../../store/steps.ts";
import { getTicket } from "../../store/tickets.ts";
import { sumTurns } from "../../store/turns.ts";
import { listWaivers } from "../../store/waivers.ts";
import { keptStep, keptWork } from "../keep-work.ts";
import { triaged } from "../planning/triage.ts";
import { published } from "../publish.ts";
import { bestOf, recordedRounds } from "../round.ts";
import { withWaived } from "../with-waived.ts";

/** What a run did, put together from what it wrote down. */
export async function runRecordOf(db: Db, runId: string): Promise<RunRecord> {
  const run = await getRun(db, runId);
  const ticket = await getTicket(db, run.ticketId);
  const events = await listEvents(db, ticket.id);
  const started = events.findLast(({ event, runId: of }) => of === runId && event.type === "run_started")?.event;
  // A run that was there before knows nothing of them.
  const waivers = (await listWaivers(db, ticket.id)).filter(({ at }) => at <= run.createdAt);
  const best = bestOf(withWaived(await recordedRounds(db, runId), waivers));
  const pull = (await findStep(db, runId, "publish", published))?.output;
  const kept = (await findStep(db, runId, keptStep, keptWork))?.output;
  const judged = (await findStep(db, runId, "triage", triaged))?.output;
  const { turns } = await sumTurns(db, runId);
  return {
    ticket: judged?.document ?? toDocument(ticket),
    status: run.status,
    reason: run.reason,
    pull_request: pull && best ? shown({ ...pull, headSha: best.work.change.headSha }) : kept ? shown(kept) : null,
    evidence: best?.seen ?? null,
    findings: [...(best?.findings ?? [])],
    turns,
    // What was paid counts, also where the work came to nothing.
    cost_usd: totalUsd(await readSpending(db, ticket.id), runId),
    sandbox: started?.type === "run_started" ? started.sandbox : null,
    model: best?.work.model ?? (started?.type === "run_started" ? started.model : null),
    duration_ms: (run.endedAt ?? new Date()).getTime() - (run.startedAt ?? run.createdAt).getTime(),
  };
}

/** What was kept of unfinished work is a draft, whatever a branch may say of that. */
function shown({
  draft = true,
  ...of
}: {
  readonly number: number | null;
  readonly branch: string;
  readonly headSha: string;
  readonly url: string;
  readonly draft?: boolean;
}): RunRecord["pull_request"] {
  return { number: of.number, branch: of.branch, head_sha: of.headSha, url: of.url, draft };
}
