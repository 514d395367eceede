import { z } from "zod";
import { issueNumber } from "../domain/ticket.ts";
import { reportProgress } from "./progress-comment.ts";
import type { WorkflowContext } from "./workflow.ts";

export const acknowledged = z.literal(true);

/** Shows on the issue that it was seen, and opens the one comment that tells how it goes. */
export async function acknowledge(context: WorkflowContext): Promise<true> {
  const { factory, ticket } = context;
  await factory.forge.ensureReaction(ticket.repo, issueNumber(ticket), "eyes");
  await reportProgress(context, "coding");
  return true;
}
