import { z } from "zod";
import { branchOf } from "../domain/branch-name.ts";
import type { Run } from "../domain/run.ts";
import { readArtifact } from "../store/artifacts.ts";
import { listEvents } from "../store/events.ts";
import type { Db } from "../store/schema.ts";
import { readSpending } from "../store/spending.ts";
import { findStep, lotStep } from "../store/steps.ts";
import { getTicket, setDelivered } from "../store/tickets.ts";
import { countTakenUp } from "../store/turns.ts";
import type { Triaged } from "./planning/triage.ts";
import { usedByModel } from "./record/used-by-model.ts";
import type { Round, TestedRound } from "./round.ts";
import { changeTitle } from "./wording/commit-message.ts";
import { doubtsAbout, doubtsOfOrder } from "./wording/doubts.ts";
import { missingLines } from "./wording/missing-lines.ts";
import { pullRequestBody } from "./wording/pull-request-body.ts";
import { refusalLines } from "./wording/refusal-lines.ts";
import { historyLines } from "./wording/round-lines.ts";
import { testCheck } from "./wording/test-check.ts";
import type { WorkflowContext } from "./workflow.ts";

export const published = z.object({
  number: z.number().nullable(),
  url: z.string(),
  branch: z.string(),
  draft: z.boolean(),
  /** Why it is a draft; empty when it is not. */
  doubts: z.array(z.string()),
  /** What it says; not there in what was recorded before it was kept. */
  title: z.string().optional(),
  body: z.string().optional(),
});
export type Published = z.infer<typeof published>;

/** Pushes the change and opens, or brings up to date, the ticket's one pull request. What is not proven stays a draft. */
export async function publish(
  context: WorkflowContext,
  best: TestedRound,
  begin: Triaged,
  rounds: readonly Round[],
): Promise<Published> {
  const { work, seen, findings } = best;
  const { factory, lease, tell, signal, run } = context;
  const { forge, db } = factory;
  const ticket = await getTicket(db, context.ticket.id);
  const mirror = await forge.mirror(ticket.repo, { signal });
  const branch = ticket.branch ?? branchOf(ticket);
  const { headSha } = work.change;

  await forge.ensureBranch(
    {
      repo: ticket.repo,
      mirror,
      branch,
      change: { ...work.change, bundle: await readArtifact(db, work.change.bundle) },
      lastPushedSha: ticket.headSha,
      protectedBranches: [...factory.protectedBranches, ...work.settings.protectedBranches],
    },
    { signal },
  );
  await setDelivered(db, lease, ticket.id, { branch, headSha });
  await tell({ type: "branch_pushed", branch, sha: headSha });

  const spending = await readSpending(db, ticket.id);
  const doubts = [...doubtsAbout(best), ...doubtsOfOrder(best, rounds)];
  const title = changeTitle(ticket, work.submission);
  const body = factory.redact(
    pullRequestBody({
      ...{ ticket, run, work, evidence: seen, findings, doubts },
      used: usedByModel(rounds, spending, run.id, await countTakenUp(db, run.id)),
      history: historyLines(begin, rounds),
      ...(await toldBy(db, run)),
      spending,
      ticketUsd: factory.settings.budget.ticket_usd,
    }),
  );
  const at = { repo: ticket.repo, branch, base: mirror.defaultBranch };
  const pull = await forge.ensurePullRequest({ ...at, title, body, draft: doubts.length > 0 });
  await setDelivered(db, lease, ticket.id, {
    branch,
    headSha,
    ...(pull.number !== null && { pullNumber: pull.number }),
  });
  await tell({ type: "pull_request_opened", ...pull });
  await forge.ensureCheck({ repo: ticket.repo, sha: headSha, ...testCheck(seen) });
  return { number: pull.number, url: pull.url, branch, draft: pull.draft, doubts, title, body };
}

/** What its sandboxes were refused, and what they lacked: that is told in the first of the runs that have done this work. */
async function toldBy(db: Db, run: Run): Promise<Record<"missing" | "refusals", readonly string[]>> {
  const first = (await findStep(db, run.id, lotStep, z.string()))?.output ?? run.id;
  const events = await listEvents(db, run.ticketId);
  const since = events.slice(events.findIndex(({ runId }) => runId === first));
  return {
    missing: missingLines(since.map(({ event }) => event)),
    refusals: refusalLines(events.filter(({ runId }) => runId === run.id).map(({ event }) => event)),
  };
}
