import type { Person, Ticket } from "../domain/ticket.ts";
import { stateAfter } from "../domain/transition.ts";
import type { Enqueue } from "./accept.ts";
import { appendEvents } from "./events.ts";
import { insertRun } from "./runs.ts";
import type { Tx } from "./schema.ts";
import { dropCheckpointsOfEnded } from "./turns.ts";

export interface Start {
  readonly by: Person;
  /** From what was pushed for the ticket before. */
  readonly goesOn?: boolean;
  /** Fills the new run before its ticket's ended ones lose their workspaces. */
  readonly fill?: (runId: string) => Promise<void>;
}

/** A new run of a locked ticket that no run is under way for, and its job. `undefined` where the ticket's state allows none. */
export async function startRun(
  tx: Tx,
  ticket: Ticket,
  { by, goesOn = false, fill }: Start,
  enqueue: Enqueue,
): Promise<string | undefined> {
  const state = stateAfter(ticket.state, "requested");
  if (state === undefined) return undefined;
  await tx.updateTable("tickets").set({ state, updatedAt: new Date() }).where("id", "=", ticket.id).execute();
  const run = await insertRun(tx, ticket.id, "implement", by, { goesOn });
  await fill?.(run.id);
  await dropCheckpointsOfEnded(tx, ticket.id);
  await enqueue(tx, { type: "run", runId: run.id });
  const name = `${ticket.repo.owner}/${ticket.repo.name}#${ticket.externalId}`;
  await appendEvents(tx, { ticketId: ticket.id, runId: run.id }, [
    { type: "ticket_queued", ticket: name, title: ticket.title, by: by.login },
  ]);
  return run.id;
}
