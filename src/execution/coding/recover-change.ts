import { z } from "zod";
import { type Submission, submission } from "../../agent/tools/submit.ts";
import { readArtifact, saveArtifact } from "../../store/artifacts.ts";
import { findStep, saveStep } from "../../store/steps.ts";
import { listTurns } from "../../store/turns.ts";
import type { CodedChange } from "../coded.ts";
import { checkOut, removeSandbox } from "../sandboxes/check-out.ts";
import { takeChange } from "../sandboxes/take-change.ts";
import { commitMessage } from "../wording/commit-message.ts";
import { unfinished } from "../wording/unfinished.ts";
import type { WorkflowContext } from "../workflow.ts";
import { restoreCheckpoint } from "./checkpoint.ts";

/** As a round that was brought to its end has it: a run that goes on with what was pushed finds both alike. */
const recovered = z.object({
  change: z.object({ baseSha: z.string(), headSha: z.string(), bundle: z.string() }),
  submission,
});

/** The newest checkpoint of a round that was not brought to its end, as a change; nothing of the repository is run for it. */
export async function recoverChange(
  context: WorkflowContext,
  step: string,
): Promise<Pick<CodedChange, "change" | "submission"> | undefined> {
  const { factory, run, lease } = context;
  const { db } = factory;
  // Kept, so that the same commit is pushed when this is done again.
  const name = `recover ${step}`;
  const before = await findStep(db, run.id, name, recovered);
  if (before !== undefined) return before.output;
  const checkpoint = (await listTurns(db, run.id, step)).findLast((turn) => turn.checkpoint !== null)?.checkpoint;
  const base = await findStep(db, run.id, "base", z.string());
  if (checkpoint == null || base === undefined) return undefined;
  const said = unfinished(context.ticket, "It was stopped.");
  const change = await commitOf(context, said, base.output, await readArtifact(db, checkpoint));
  if (change === undefined) return undefined;
  const output = { change, submission: said };
  await saveStep(db, lease, name, output);
  return output;
}

async function commitOf(
  context: WorkflowContext,
  said: Submission,
  baseSha: string,
  patch: Buffer,
): Promise<CodedChange["change"] | undefined> {
  const { factory, ticket, run, signal } = context;
  const { forge, db } = factory;
  const mirror = await forge.mirror(ticket.repo, { signal });
  const message = commitMessage(ticket, said, run.requestedBy, forge.emailOf(run.requestedBy));
  const author = await forge.committer(ticket.repo);
  const sandbox = await checkOut(context, { mirror, sha: baseSha, purpose: "work", from: "scratch" });
  try {
    await restoreCheckpoint(sandbox, patch, signal);
    const change = await takeChange(sandbox, baseSha, { message, author }, signal);
    if (change === null) return undefined;
    return { baseSha, headSha: change.headSha, bundle: await saveArtifact(db, "change", change.bundle) };
  } finally {
    await removeSandbox(sandbox, context);
  }
}
