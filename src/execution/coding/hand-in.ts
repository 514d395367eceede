import type { AgentEnd } from "../../agent/run-agent.ts";
import { type Submission, submission } from "../../agent/tools/submit.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { saveArtifact } from "../../store/artifacts.ts";
import type { Coded } from "../coded.ts";
import type { PreparedGround } from "../ground.ts";
import { leftOutOf } from "../sandboxes/stage-all.ts";
import { takeChange } from "../sandboxes/take-change.ts";
import { commitMessage } from "../wording/commit-message.ts";
import { said, saidInLine, withoutStop } from "../wording/said.ts";
import { unfinished } from "../wording/unfinished.ts";
import type { WorkflowContext } from "../workflow.ts";

/** What is in the workspace when the agent's work has ended, as one commit on the base, with what the agent says of it. */
export async function handIn(
  context: WorkflowContext,
  sandbox: Sandbox,
  { baseSha, author, commands, preparation, settings }: PreparedGround,
  end: Exclude<AgentEnd, { readonly status: "asked" }>,
  used: Pick<Coded, "from" | "model" | "timeMs" | "words">,
): Promise<Coded> {
  const { factory, ticket, run, signal } = context;
  const why = end.status === "submitted" ? "" : withoutStop(end.reason);
  const submitted: Submission =
    end.status === "submitted" ? submission.parse(end.submission) : unfinished(ticket, `Stopped: ${why}.`);
  const message = commitMessage(ticket, submitted, run.requestedBy, factory.forge.emailOf(run.requestedBy));
  const change = await takeChange(sandbox, baseSha, { message, author }, signal);
  await tellLeftOut(context, sandbox);

  const stop = end.status === "submitted" ? null : end.cause;
  const spent = { ...used, turns: end.turns, costUsd: end.costUsd, stop };
  if (change === null) {
    const reason =
      end.status === "submitted"
        ? `The coder changed nothing. It says:\n\n${said(submitted.what)}\n>\n${said(submitted.why)}`
        : `Stopped before anything was changed: ${saidInLine(why)}.`;
    return { status: "unchanged", change: null, reason, ...spent };
  }
  return {
    status: "changed",
    change: { baseSha, headSha: change.headSha, bundle: await saveArtifact(factory.db, "change", change.bundle) },
    submission: submitted,
    unfinished: end.status === "submitted" ? null : why,
    commands,
    preparation,
    settings: { protectedBranches: settings.protected_branches },
    ...spent,
  };
}

async function tellLeftOut({ tell, signal }: WorkflowContext, sandbox: Sandbox): Promise<void> {
  const leftOut = await leftOutOf(sandbox, signal);
  if (leftOut.length === 0) return;
  const names = leftOut.slice(0, 10).join(", ");
  await tell({
    type: "warned",
    message: `Not part of the change, as a repository of its own, a file of Git LFS, or for its size: ${names}`,
  });
}
