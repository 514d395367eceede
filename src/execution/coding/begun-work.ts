import { z } from "zod";
import { renderPrompt } from "../../agent/render-prompt.ts";
import { submission } from "../../agent/tools/submit.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import type { Prompt } from "../../domain/recording.ts";
import { findPushedWork } from "../../store/steps.ts";
import type { WorkflowContext } from "../workflow.ts";

const begunWork = z.object({
  change: z.object({ baseSha: z.string(), headSha: z.string(), bundle: z.string() }),
  submission,
});

/** What an earlier run of the ticket has pushed, for a run that goes on with it. */
export type BegunWork = z.infer<typeof begunWork> & {
  /** How that run ended. */
  readonly reason: string;
};

/** `undefined` for a run that begins from the base, also because nothing was pushed yet. */
export async function findBegunWork({
  factory,
  ticket,
  run,
}: Pick<WorkflowContext, "ticket" | "run"> & { readonly factory: Pick<WorkflowContext["factory"], "db"> }): Promise<
  BegunWork | undefined
> {
  if (!run.goesOn || ticket.headSha === null) return undefined;
  const found = await findPushedWork(factory.db, ticket.id, ticket.headSha);
  return found && { ...begunWork.parse(found.output), reason: found.reason ?? "It did not end." };
}

/** What the coder is told of it. */
export async function begunPrompt({ submission: { what, why }, reason }: BegunWork): Promise<Prompt> {
  return await renderPrompt("begun", {
    reason: quoteUntrusted("how the earlier run ended", reason, 4_000),
    summary: quoteUntrusted("summary of the earlier run", `${what}\n\n${why}`, 4_000),
  });
}
