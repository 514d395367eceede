import { issueNumber } from "../domain/ticket.ts";
import type { WorkflowContext } from "./workflow.ts";

/** The 👀 on the issue, our first write there. */
export interface Seen {
  /** Begins, beside what has to be made ready; done once. */
  begin(): void;
  /** Waits for it. @throws NightshiftError what `Forge.ensureReaction` throws: whoever may not write should not be paid for. */
  shown(): Promise<void>;
}

/** Shows on the issue that it was seen. */
export function showSeen({ factory, ticket }: WorkflowContext): Seen {
  let reaction: Promise<void> | undefined;
  const begin = () => {
    reaction ??= factory.forge.ensureReaction(ticket.repo, issueNumber(ticket), "eyes");
    // What fails is told to whoever waits for it; a run that ends before has its own end to tell.
    reaction.catch(() => undefined);
    return reaction;
  };
  return { begin: () => void begin(), shown: begin };
}
