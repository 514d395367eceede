import { z } from "zod";
import { runAgent } from "../agent/run-agent.ts";
import { coderTools } from "../agent/tools/coder-tools.ts";
import { type Submission, submission } from "../agent/tools/submit.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import { pocket } from "../domain/purse.ts";
import type { RepositorySettings } from "../domain/settings.ts";
import { readArtifact, saveArtifact } from "../store/artifacts.ts";
import { removeSandbox } from "./check-out.ts";
import { restoreCheckpoint, takeCheckpoint } from "./checkpoint.ts";
import { coderPrompt, ticketPrompt } from "./coder-prompt.ts";
import { commitMessage } from "./commit-message.ts";
import { openJournal } from "./durable-journal.ts";
import type { EarlyMirror } from "./early-mirror.ts";
import { choosePreparation, preparation } from "./preparation.ts";
import { readySandbox } from "./ready-sandbox.ts";
import { repositoryCommands } from "./repository-commands.ts";
import { said, saidInLine } from "./said.ts";
import { explainSetUp } from "./set-up.ts";
import type { Seen } from "./show-seen.ts";
import { leftOutOf } from "./stage-all.ts";
import { takeChange } from "./take-change.ts";
import type { WorkflowContext } from "./workflow.ts";

const spent = { turns: z.number(), costUsd: z.number(), model: z.string() };

export const coded = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("changed"),
    /** `bundle` names an artifact. */
    change: z.object({ baseSha: z.string(), headSha: z.string(), bundle: z.string() }),
    submission,
    /** Why the agent was stopped before it handed in; `null` when it did. */
    unfinished: z.string().nullable(),
    commands: repositoryCommands,
    preparation,
    settings: z.object({ protectedBranches: z.array(z.string()) }),
    ...spent,
  }),
  z.object({ status: z.literal("unchanged"), change: z.null(), reason: z.string(), ...spent }),
]);
export type Coded = z.infer<typeof coded>;
export type CodedChange = Extract<Coded, { status: "changed" }>;

const step = "code";
const maxOutputTokens = 16_000;

/** The coder works in a sandbox until it hands in or a limit ends it; what is in the workspace then is the change. */
export async function code(
  context: WorkflowContext,
  settings: RepositorySettings,
  early: EarlyMirror,
  seen: Seen,
): Promise<Coded> {
  const { factory, ticket, lease, signal } = context;
  const mirror = await early.ready();
  const baseSha = await baseOf(context, mirror);
  const files = await factory.forge.committedFiles(mirror, baseSha);
  const { read } = files;
  const { commands, preparation, warnings } = await choosePreparation(
    ticket.repo,
    settings,
    files,
    factory.settings.sandbox.images,
  );
  for (const message of warnings) await context.tell({ type: "warned", message });
  // Before anything is paid: whoever may not look it up may not push either.
  const author = await factory.forge.committer(ticket.repo);
  const at = { mirror, sha: baseSha, baseSha, preparation, purpose: "work" } as const;
  const { sandbox, failure } = await readySandbox(context, at);
  try {
    if (failure !== undefined) {
      return {
        status: "unchanged",
        change: null,
        reason: explainSetUp(failure, factory.settings.sandbox),
        turns: 0,
        costUsd: 0,
        model: factory.models.namesOf(step)[0],
      };
    }

    let tree: string | undefined;
    const checkpointNow = async () => {
      try {
        const taken = await takeCheckpoint(sandbox, baseSha, tree, signal);
        tree = taken?.tree ?? tree;
        return taken;
      } catch (error) {
        // What the agent has made of its workspace is its affair; the checkpoint before stays.
        if (!(error instanceof NightshiftError && ["sandbox_failed", "bad_input"].includes(error.code))) throw error;
        await context.tell({ type: "warned", message: `No checkpoint could be taken: ${explain(error)}` });
        return undefined;
      }
    };
    const online = sandbox.provider === "process" || factory.settings.sandbox.network.allow.includes("*");
    const system = await coderPrompt(sandbox, commands, online);
    const asked = { step, system, opening: await ticketPrompt(ticket, read), models: factory.models.namesOf(step) };
    const { journal, ...recorded } = await openJournal(factory, lease, asked, checkpointNow);
    if (recorded.checkpoint !== undefined) {
      await restoreCheckpoint(sandbox, await readArtifact(factory.db, recorded.checkpoint), signal);
    }

    const { ticket_usd, turns, minutes } = factory.settings.budget;
    const spentUsd = journal.recorded.reduce((sum, turn) => sum + turn.costUsd, 0);
    const route = factory.models.route(step, { purse: pocket(ticket_usd, spentUsd), tell: context.tell });
    // Before anything is paid.
    await seen.shown();
    const end = await runAgent({
      route,
      system: system.text,
      opening: recorded.opening,
      tools: coderTools,
      sandbox,
      budget: { turns, timeMs: minutes * 60_000 },
      maxOutputTokens,
      journal,
      tell: context.tell,
      signal,
      clock: factory.clock,
    });

    const submitted: Submission =
      end.status === "submitted"
        ? submission.parse(end.submission)
        : {
            title: ticket.title.slice(0, 120),
            what: "Unfinished work, kept so that it is not lost.",
            why: `Stopped: ${end.reason}.`,
          };
    const message = commitMessage(
      ticket,
      submitted,
      context.run.requestedBy,
      factory.forge.emailOf(context.run.requestedBy),
    );
    const change = await takeChange(sandbox, baseSha, { message, author }, signal);
    const leftOut = await leftOutOf(sandbox, signal);
    if (leftOut.length > 0) {
      const names = leftOut.slice(0, 10).join(", ");
      await context.tell({
        type: "warned",
        message: `Not part of the change, as a repository of its own or for its size: ${names}`,
      });
    }
    const used = { turns: end.turns, costUsd: end.costUsd, model: route.models[0] };
    if (change === null) {
      const reason =
        end.status === "submitted"
          ? `The coder changed nothing. It says:\n\n${said(submitted.what)}\n>\n${said(submitted.why)}`
          : `Stopped before anything was changed: ${saidInLine(end.reason)}.`;
      return { status: "unchanged", change: null, reason, ...used };
    }
    return {
      status: "changed",
      change: { baseSha, headSha: change.headSha, bundle: await saveArtifact(factory.db, "change", change.bundle) },
      submission: submitted,
      unfinished: end.status === "submitted" ? null : end.reason,
      commands,
      preparation,
      settings: { protectedBranches: settings.protected_branches },
      ...used,
    };
  } finally {
    await removeSandbox(sandbox, context);
  }
}

/** The commit the work starts from: fixed once, so that a resumed run goes on from where it began. */
function baseOf({ step }: WorkflowContext, mirror: Mirror): Promise<string> {
  return step("base", z.string(), async () => mirror.headSha);
}
