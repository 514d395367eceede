import { branchOf } from "../domain/branch-name.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { GuardFinding } from "../domain/guard-finding.ts";
import type { Outcome } from "../domain/run.ts";
import { repositorySettings } from "../domain/settings.ts";
import { readArtifact } from "../store/artifacts.ts";
import { findStep } from "../store/steps.ts";
import { getTicket, setDelivered } from "../store/tickets.ts";
import { admission } from "./admit.ts";
import { type CodedChange, coded } from "./coded.ts";
import { guard } from "./guard.ts";
import { findingLine } from "./guard-lines.ts";
import { isUnpublishable } from "./guards/findings-of.ts";
import { stepOf } from "./round.ts";
import type { WorkflowContext } from "./workflow.ts";

/** The end of a run that a person has stopped: what its rounds had come to is pushed to the ticket's branch, as it is. */
export async function keepWork(context: WorkflowContext): Promise<Outcome> {
  const { factory, tell, stop } = context;
  const why = explain(stop.reason);
  const work = await lastChange(context);
  if (work === undefined) return { status: "cancelled", reason: `${why} Nothing had been changed.` };
  try {
    const secret = await unpublishable(context, work);
    if (secret.length > 0) {
      const list = secret.map((finding) => `- ${findingLine(finding)}`).join("\n");
      return { status: "cancelled", reason: `${why} What was done until then was not pushed:\n${list}` };
    }
    const { branch } = await push(context, work);
    return { status: "cancelled", reason: `${why} What was done until then is on the branch \`${branch}\`, unproven.` };
  } catch (error) {
    if (!(error instanceof NightshiftError) || error.code === "lease_lost" || context.signal.aborted) throw error;
    await tell({ type: "warned", message: factory.redact(explain(error)) });
    return { status: "cancelled", reason: `${why} What was done until then could not be pushed.` };
  }
}

/** What must never leave us; a stopped round may not have come to its rules. */
async function unpublishable(context: WorkflowContext, work: CodedChange): Promise<readonly GuardFinding[]> {
  const admitted = (await findStep(context.factory.db, context.run.id, "admit", admission))?.output;
  const settings = admitted?.refused === false ? admitted.settings : repositorySettings.parse({});
  return (await guard(context, settings, work)).filter(isUnpublishable);
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
  const branch = ticket.branch ?? branchOf(ticket);
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
