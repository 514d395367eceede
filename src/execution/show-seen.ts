import { issueNumber } from "../domain/ticket.ts";
import type { WorkflowContext } from "./workflow.ts";

/** The 👀 on the issue, our first write there. */
export interface Seen {
  /** Waits for it. @throws NightshiftError what `Forge.ensureReaction` throws: whoever may not write should not be paid for. */
  shown(): Promise<void>;
}

/** Begins to show on the issue that it was seen, beside what has to be made ready. */
export function showSeen({ factory, ticket }: WorkflowContext): Seen {
  const reaction = factory.forge.ensureReaction(ticket.repo, issueNumber(ticket), "eyes");
  // What fails is told to whoever waits for it; a run that ends before has its own end to tell.
  reaction.catch(() => undefined);
  return { shown: () => reaction };
}
