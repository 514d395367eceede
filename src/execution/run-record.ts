import { evidence } from "../domain/evidence.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { toDocument } from "../domain/ticket.ts";
import { listEvents } from "../store/events.ts";
import { getRun } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";
import { readSpending, totalUsd } from "../store/spending.ts";
import { findStep } from "../store/steps.ts";
import { getTicket } from "../store/tickets.ts";
import { listTurns } from "../store/turns.ts";
import { coded } from "./code.ts";
import { published } from "./publish.ts";

/** What a run did, put together from what it wrote down. */
export async function runRecordOf(db: Db, runId: string): Promise<RunRecord> {
  const run = await getRun(db, runId);
  const ticket = await getTicket(db, run.ticketId);
  const events = await listEvents(db, ticket.id);
  const started = events.findLast(({ event, runId: of }) => of === runId && event.type === "run_started")?.event;
  const work = (await findStep(db, runId, "code", coded))?.output;
  const pull = (await findStep(db, runId, "publish", published))?.output;
  // Turn 0 is the opening.
  const turns = (await listTurns(db, runId, "code")).filter(({ n }) => n > 0);
  return {
    ticket: toDocument(ticket),
    status: run.status,
    reason: run.reason,
    pull_request:
      pull === undefined || work?.status !== "changed"
        ? null
        : { number: pull.number, branch: pull.branch, head_sha: work.change.headSha, url: pull.url, draft: pull.draft },
    evidence: (await findStep(db, runId, "verify", evidence))?.output ?? null,
    turns: turns.length,
    cost_usd: totalUsd(await readSpending(db, ticket.id), runId),
    sandbox: started?.type === "run_started" ? started.sandbox : null,
    model: started?.type === "run_started" ? started.model : null,
    duration_ms: (run.endedAt ?? new Date()).getTime() - (run.startedAt ?? run.createdAt).getTime(),
  };
}
