import type { Delivery, Intent, Wish } from "../domain/intent.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import type { TicketState } from "../domain/ticket.ts";
import { stateAfter } from "../domain/transition.ts";
import { insertCommand } from "./commands.ts";
import { recordDelivery } from "./deliveries.ts";
import { appendEvents } from "./events.ts";
import { hasLiveRun, insertRun } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { hasTickets, lockTicket, requestAgain } from "./tickets.ts";
import { dropCheckpointsOfEnded } from "./turns.ts";
import { findWaiting } from "./waiting.ts";

export type Accepted =
  | { readonly status: "queued"; readonly ticketId: string; readonly runId: string }
  /** Somebody has told us what to do. */
  | { readonly status: "command_queued"; readonly commandId: string }
  /** A snapshot of the repository will be made ready. */
  | { readonly status: "preparing"; readonly repository: string }
  /** This delivery was here before. */
  | { readonly status: "duplicate" }
  /** Its ticket is being worked on, or is done. */
  | { readonly status: "unchanged"; readonly ticketId: string; readonly state: TicketState }
  /** Nothing was ever wanted in its repository, or nobody was asked for these words. */
  | { readonly status: "ignored" };

/** What a worker is woken for. */
export type Job =
  /** `later`: when whoever works on it has had time to end. */
  | { readonly type: "run"; readonly runId: string; readonly later?: true }
  /** `gathered`: when nobody has added anything for a while. */
  | { readonly type: "command"; readonly commandId: string; readonly gathered?: true }
  | { readonly type: "preparation"; readonly repo: Repository };

/** Puts the job that wakes a worker into the same transaction. */
export type Enqueue = (tx: Tx, job: Job) => Promise<void>;

/**
 * One transaction: the delivery, what follows from it, and the job. Either all of it is there afterwards or nothing.
 * The same delivery again changes nothing.
 */
export async function accept(db: Db, delivery: Delivery, intent: Intent, enqueue: Enqueue): Promise<Accepted> {
  // The App may be installed where nobody ever asks for anything, and pushes are many: those leave no trace.
  if (intent.type === "prepare_snapshot" && !(await hasTickets(db, intent.repo))) return { status: "ignored" };
  const isReply = intent.type === "command" && intent.command.verb === "reply";
  if (isReply && (await findWaiting(db, intent)) === undefined) return { status: "ignored" };
  return await db.transaction().execute(async (tx) => {
    if (!(await recordDelivery(tx, delivery))) return { status: "duplicate" };

    switch (intent.type) {
      case "implement_issue":
        return await acceptWish(tx, delivery, intent, enqueue);
      case "command": {
        const commandId = await insertCommand(tx, delivery, intent);
        await enqueue(tx, { type: "command", commandId, ...(isReply && { gathered: true }) });
        return { status: "command_queued", commandId };
      }
      case "prepare_snapshot":
        await enqueue(tx, { type: "preparation", repo: intent.repo });
        return { status: "preparing", repository: fullName(intent.repo) };
      default:
        return intent satisfies never;
    }
  });
}

/**
 * The ticket, the run and its first events. Another wish for a ticket that is under way or done changes nothing but the record of
 * its delivery.
 */
async function acceptWish(tx: Tx, delivery: Delivery, wish: Wish, enqueue: Enqueue): Promise<Accepted> {
  const { ticket, isNew } = await lockTicket(tx, wish);
  if (!isNew) {
    const state = stateAfter(ticket.state, "requested");
    if (state === undefined || (await hasLiveRun(tx, ticket.id))) {
      return { status: "unchanged", ticketId: ticket.id, state: ticket.state };
    }
    await requestAgain(tx, ticket, wish, state);
    await dropCheckpointsOfEnded(tx, ticket.id);
  }
  const run = await insertRun(tx, ticket.id, "implement", wish.requestedBy);
  await enqueue(tx, { type: "run", runId: run.id });

  const subject = { ticketId: ticket.id, runId: run.id };
  await appendEvents(tx, subject, [
    { type: "delivery_accepted", deliveryId: delivery.id, event: delivery.event },
    {
      type: "ticket_queued",
      ticket: `${fullName(wish.repo)}#${wish.issue}`,
      title: wish.title,
      by: wish.requestedBy.login,
    },
  ]);
  return { status: "queued", ...subject };
}
