import { NightshiftError } from "../domain/errors.ts";
import type { Delivery, ImplementIssue } from "../domain/intent.ts";
import { fullName } from "../domain/repository.ts";
import type { TicketState } from "../domain/ticket.ts";
import { transition } from "../domain/transition.ts";
import { recordDelivery } from "./deliveries.ts";
import { appendEvents } from "./events.ts";
import { hasLiveRun, insertRun } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { lockTicket, requestAgain } from "./tickets.ts";

export type Accepted =
  | { readonly status: "queued"; readonly ticketId: string; readonly runId: string }
  /** This delivery was here before. */
  | { readonly status: "duplicate" }
  /** Its ticket is being worked on, or is done. */
  | { readonly status: "unchanged"; readonly ticketId: string; readonly state: TicketState };

/** Puts the job that wakes a worker into the same transaction. */
export type Enqueue = (tx: Tx, runId: string) => Promise<void>;

/**
 * One transaction: the delivery, the ticket, the run, its first events and the job. Either all of it is there afterwards or nothing.
 * The same delivery again changes nothing; another wish for a ticket that is under way or done changes nothing but the record of its delivery.
 */
export async function accept(db: Db, delivery: Delivery, intent: ImplementIssue, enqueue: Enqueue): Promise<Accepted> {
  return await db.transaction().execute(async (tx) => {
    if (!(await recordDelivery(tx, delivery))) return { status: "duplicate" };

    const { ticket, isNew } = await lockTicket(tx, intent);
    if (!isNew) {
      const state = stateAfterRequest(ticket.state);
      if (state === undefined || (await hasLiveRun(tx, ticket.id))) {
        return { status: "unchanged", ticketId: ticket.id, state: ticket.state };
      }
      await requestAgain(tx, ticket, intent, state);
    }
    const run = await insertRun(tx, ticket.id, "implement", intent.requestedBy);
    await enqueue(tx, run.id);

    const subject = { ticketId: ticket.id, runId: run.id };
    await appendEvents(tx, subject, [
      { type: "delivery_accepted", deliveryId: delivery.id, event: delivery.event },
      {
        type: "ticket_queued",
        ticket: `${fullName(intent.repo)}#${intent.issue}`,
        title: intent.title,
        by: intent.requestedBy.login,
      },
    ]);
    return { status: "queued", ...subject };
  });
}

function stateAfterRequest(state: TicketState): TicketState | undefined {
  try {
    return transition(state, "requested");
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "forbidden_transition") return undefined;
    throw error;
  }
}
