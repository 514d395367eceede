import { branchName } from "../domain/branch-name.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { Outcome } from "../domain/run.ts";
import { issueNumber } from "../domain/ticket.ts";
import { readArtifact } from "../store/artifacts.ts";
import { findStep } from "../store/steps.ts";
import { getTicket, setDelivered } from "../store/tickets.ts";
import { type CodedChange, coded } from "./coded.ts";
import { stepOf } from "./round.ts";
import type { WorkflowContext } from "./workflow.ts";

/** The end of a run that a person has stopped: what its rounds had come to is pushed to the ticket's branch, as it is. */
export async function keepWork(context: WorkflowContext): Promise<Outcome> {
  const { factory, tell, stop } = context;
  const why = explain(stop.reason);
  const work = await lastChange(context);
  if (work === undefined) return { status: "cancelled", reason: `${why} Nothing had been changed.` };
  try {
    const { branch } = await push(context, work);
    return { status: "cancelled", reason: `${why} What was done until then is on the branch \`${branch}\`, unproven.` };
  } catch (error) {
    if (!(error instanceof NightshiftError) || error.code === "lease_lost" || context.signal.aborted) throw error;
    await tell({ type: "warned", message: factory.redact(explain(error)) });
    return { status: "cancelled", reason: `${why} What was done until then could not be pushed.` };
  }
}

async function lastChange({ factory, run }: WorkflowContext): Promise<CodedChange | undefined> {
  let last: CodedChange | undefined;
  for (let round = 1; ; round += 1) {
    const work = (await findStep(factory.db, run.id, stepOf("code", round), coded))?.output;
    if (work === undefined) return last;
    if (work.status === "changed") last = work;
  }
}

async function push(context: WorkflowContext, { change, settings }: CodedChange): Promise<{ readonly branch: string }> {
  const { factory, lease, signal, tell } = context;
  const { forge, db } = factory;
  const ticket = await getTicket(db, context.ticket.id);
  const branch = ticket.branch ?? branchName(ticket.type, issueNumber(ticket), ticket.title);
  const { headSha } = change;
  await forge.ensureBranch(
    {
      repo: ticket.repo,
      mirror: await forge.mirror(ticket.repo, { signal }),
      branch,
      change: { ...change, bundle: await readArtifact(db, change.bundle) },
      lastPushedSha: ticket.headSha,
      protectedBranches: [...factory.protectedBranches, ...settings.protectedBranches],
    },
    { signal },
  );
  await setDelivered(db, lease, ticket.id, { branch, headSha });
  await tell({ type: "branch_pushed", branch, sha: headSha });
  return { branch };
}
