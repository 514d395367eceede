import { z } from "zod";
import type { Submission } from "../agent/tools/submit.ts";
import { branchOf } from "../domain/branch-name.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { GuardFinding } from "../domain/guard-finding.ts";
import { type RepositorySettings, repositorySettings } from "../domain/settings.ts";
import { issueNumber, type Ticket } from "../domain/ticket.ts";
import { readArtifact } from "../store/artifacts.ts";
import { findStep, lotStep, saveStep } from "../store/steps.ts";
import { getTicket, setDelivered } from "../store/tickets.ts";
import { admission } from "./admit.ts";
import { type CodedChange, coded } from "./coded.ts";
import { recoverChange } from "./coding/recover-change.ts";
import { guard } from "./guard.ts";
import { isUnpublishable } from "./guards/findings-of.ts";
import { stepOf } from "./round.ts";
import { changeTitle } from "./wording/commit-message.ts";
import { findingLine } from "./wording/guard-lines.ts";
import { said } from "./wording/said.ts";
import type { WorkflowContext } from "./workflow.ts";

/** Where unfinished work went, and what is said of it there; `number` and `text` are `null` where it is on a branch alone. */
export const keptWork = z.object({
  branch: z.string(),
  headSha: z.string(),
  number: z.number().nullable(),
  url: z.string(),
  text: z.object({ title: z.string(), body: z.string() }).nullable(),
});
/** The step that says so. */
export const keptStep = "kept";

/** A change of a round, with what is said of it. */
type Kept = Pick<CodedChange, "change" | "submission"> & { readonly protectedBranches: readonly string[] };

/**
 * What its rounds had come to goes to the ticket's branch as it is, when a run ends before it could be published: after a failure as a
 * draft; after a stop only a pull request that is there becomes one, since what it says was proven of another commit.
 * Gives a sentence on what became of it; nothing where nothing had been changed.
 * @throws NightshiftError `lease_lost`.
 */
export async function keepWork(context: WorkflowContext, end: "failed" | "stopped"): Promise<string | undefined> {
  const { factory, tell } = context;
  try {
    const work = await lastChange(context);
    if (work === undefined) return undefined;
    const secret = await unpublishable(context, work);
    if (secret.length > 0) {
      const list = secret.map((finding) => `- ${findingLine(finding)}`).join("\n");
      return `What was done until then was not pushed:\n${list}`;
    }
    const { branch, url } = await push(context, work, end);
    const where = url === undefined ? `on the branch \`${branch}\`` : `kept as a draft, ${url}`;
    return `What was done until then is ${where}, unproven.`;
  } catch (error) {
    if (!(error instanceof NightshiftError) || error.code === "lease_lost" || context.signal.aborted) throw error;
    await tell({ type: "warned", message: factory.redact(explain(error)) });
    return "What was done until then could not be pushed.";
  }
}

/** What must never leave us; a stopped round may not have come to its rules. */
async function unpublishable(context: WorkflowContext, work: Kept): Promise<readonly GuardFinding[]> {
  const settings = await settingsOf(context);
  return (await guard(context, settings, work)).filter(isUnpublishable);
}

/** As they were read when it was admitted; a run that was stopped before it was has those of the run that it takes up. */
async function settingsOf({ factory: { db }, run }: WorkflowContext): Promise<RepositorySettings> {
  const first = (await findStep(db, run.id, lotStep, z.string()))?.output ?? run.id;
  const step = (await findStep(db, run.id, "admit", admission)) ?? (await findStep(db, first, "admit", admission));
  const admitted = step?.output;
  return admitted?.refused === false ? admitted.settings : repositorySettings.parse({});
}

async function lastChange(context: WorkflowContext): Promise<Kept | undefined> {
  const { factory, run } = context;
  let last: Kept | undefined;
  for (let round = 1; ; round += 1) {
    const work = (await findStep(factory.db, run.id, stepOf("code", round), coded))?.output;
    if (work === undefined) {
      // A worker that died, or one that has asked people, leaves the round under way as a checkpoint.
      return (await recovered(context, stepOf("code", round))) ?? last;
    }
    if (work.status === "changed") last = { ...work, protectedBranches: work.settings.protectedBranches };
  }
}

/** Where it cannot be had, as without an engine for sandboxes, the rounds before it are still worth keeping. */
async function recovered(context: WorkflowContext, step: string): Promise<Kept | undefined> {
  try {
    const kept = await recoverChange(context, step);
    if (kept === undefined) return undefined;
    const protectedBranches = (await settingsOf(context)).protected_branches;
    return { ...kept, protectedBranches };
  } catch (error) {
    if (!(error instanceof NightshiftError) || error.code === "lease_lost" || context.signal.aborted) throw error;
    await context.tell({ type: "warned", message: context.factory.redact(explain(error)) });
    return undefined;
  }
}

async function push(
  context: WorkflowContext,
  work: Kept,
  end: "failed" | "stopped",
): Promise<{ readonly branch: string; readonly url?: string }> {
  const { factory, lease, signal, tell } = context;
  const { forge, db } = factory;
  const { change, protectedBranches, submission } = work;
  const ticket = await getTicket(db, context.ticket.id);
  const branch = ticket.branch ?? branchOf(ticket);
  const { headSha } = change;
  // It was published, and something went wrong after that: what is said of it there is better than what could be said here.
  if (ticket.headSha === headSha && ticket.pullNumber !== null) return { branch };
  const mirror = await forge.mirror(ticket.repo, { signal });
  await forge.ensureBranch(
    {
      repo: ticket.repo,
      mirror,
      branch,
      change: { ...change, bundle: await readArtifact(db, change.bundle) },
      lastPushedSha: ticket.headSha,
      protectedBranches: [...factory.protectedBranches, ...protectedBranches],
    },
    { signal },
  );
  await setDelivered(db, lease, ticket.id, { branch, headSha });
  await tell({ type: "branch_pushed", branch, sha: headSha });
  if (end === "stopped" && ticket.pullNumber === null) {
    await note(context, { branch, headSha, number: null, url: branch, text: null });
    return { branch };
  }
  const text = {
    title: changeTitle(ticket, submission),
    body: factory.redact(keptBody(ticket, submission, end)),
  };
  const pull = await forge.ensurePullRequest({
    ...{ repo: ticket.repo, branch, base: mirror.defaultBranch, draft: true },
    ...text,
  });
  await setDelivered(db, lease, ticket.id, {
    branch,
    headSha,
    ...(pull.number !== null && { pullNumber: pull.number }),
  });
  await tell({ type: "pull_request_opened", ...pull });
  await note(context, { branch, headSha, number: pull.number, url: pull.url, text });
  return { branch, url: pull.url };
}

/** For the record. It may be there already, since all this may be done again. */
async function note({ factory: { db }, lease }: WorkflowContext, work: z.infer<typeof keptWork>): Promise<void> {
  if ((await findStep(db, lease.runId, keptStep, keptWork)) === undefined) await saveStep(db, lease, keptStep, work);
}

function keptBody(ticket: Ticket, { what, why }: Submission, end: "failed" | "stopped"): string {
  const ended = end === "failed" ? "failed" : "was stopped";
  return [
    ...["> [!WARNING]", `> The run ${ended}, and this is what it had come to. Nobody has proven that it works.`, ""],
    ...["## What", "", said(what), "", "## Why", "", said(why), ""],
    ...(ticket.source === "github_issue" ? [`Closes #${issueNumber(ticket)}`] : []),
  ].join("\n");
}
