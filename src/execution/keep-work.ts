import { branchOf } from "../domain/branch-name.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { GuardFinding } from "../domain/guard-finding.ts";
import type { Outcome } from "../domain/run.ts";
import { type RepositorySettings, repositorySettings } from "../domain/settings.ts";
import { readArtifact } from "../store/artifacts.ts";
import { findStep } from "../store/steps.ts";
import { getTicket, setDelivered } from "../store/tickets.ts";
import { admission } from "./admit.ts";
import { type CodedChange, coded } from "./coded.ts";
import { guard } from "./guard.ts";
import { findingLine } from "./guard-lines.ts";
import { isUnpublishable } from "./guards/findings-of.ts";
import { recoverChange } from "./recover-change.ts";
import { stepOf } from "./round.ts";
import type { WorkflowContext } from "./workflow.ts";

type Kept = Pick<CodedChange, "change"> & { readonly protectedBranches: readonly string[] };

/** The end of a run that a person has stopped: what it had come to, in the round under way too, is pushed to the ticket's branch, as it is. */
export async function keepWork(context: WorkflowContext): Promise<Outcome> {
  const { factory, tell, stop } = context;
  const why = explain(stop.reason);
  try {
    const work = await lastChange(context);
    if (work === undefined) return { status: "cancelled", reason: `${why} Nothing had been changed.` };
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
async function unpublishable(context: WorkflowContext, work: Kept): Promise<readonly GuardFinding[]> {
  const settings = await settingsOf(context);
  return (await guard(context, settings, work)).filter(isUnpublishable);
}

async function settingsOf({ factory, run }: WorkflowContext): Promise<RepositorySettings> {
  const admitted = (await findStep(factory.db, run.id, "admit", admission))?.output;
  return admitted?.refused === false ? admitted.settings : repositorySettings.parse({});
}

async function lastChange(context: WorkflowContext): Promise<Kept | undefined> {
  const { factory, run } = context;
  let last: Kept | undefined;
  for (let round = 1; ; round += 1) {
    const work = (await findStep(factory.db, run.id, stepOf("code", round), coded))?.output;
    if (work === undefined) {
      // A worker that died, or one that has asked people, leaves the round under way as a checkpoint.
      const change = await recoverChange(context, stepOf("code", round));
      if (change === undefined) return last;
      return { change, protectedBranches: (await settingsOf(context)).protected_branches };
    }
    if (work.status === "changed") last = { change: work.change, protectedBranches: work.settings.protectedBranches };
  }
}

async function push(
  context: WorkflowContext,
  { change, protectedBranches }: Kept,
): Promise<{ readonly branch: string }> {
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
      protectedBranches: [...factory.protectedBranches, ...protectedBranches],
    },
    { signal },
  );
  await setDelivered(db, lease, ticket.id, { branch, headSha });
  await tell({ type: "branch_pushed", branch, sha: headSha });
  return { branch };
}
