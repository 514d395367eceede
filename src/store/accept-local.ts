import { NightshiftError } from "../domain/errors.ts";
import type { LocalWish } from "../domain/intent.ts";
import { type Ticket, toDocument } from "../domain/ticket.ts";
import { transition } from "../domain/transition.ts";
import { appendEvents } from "./events.ts";
import { findLiveRun, insertRun } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { lockTicket, requestAgain } from "./tickets.ts";
import { sumTurns } from "./turns.ts";

export interface AcceptedLocally {
  readonly runId: string;
  /** A run that was stopped goes on where it stood. */
  readonly resumed: boolean;
}

/**
 * The ticket of a wish at a repository of this machine, with a run for whoever called: the one that was stopped, else a new one.
 * `goesOn` says whether a new run goes on from what an earlier one has left.
 * @throws NightshiftError what `goesOn` throws, and `bad_input` for other words than those of a run that is under way; then
 * nothing has changed.
 */
export async function acceptLocal(
  db: Db,
  wish: LocalWish,
  goesOn: (ticket: Ticket) => Promise<boolean>,
): Promise<AcceptedLocally> {
  return await db.transaction().execute(async (tx) => {
    const { ticket, isNew } = await lockTicket(tx, wish);
    const live = await findLiveRun(tx, ticket.id);
    if (live !== undefined) {
      await sayAgain(tx, ticket, live, wish);
      return { runId: live, resumed: true };
    }
    const begun = await goesOn(ticket);
    if (!isNew) await requestAgain(tx, ticket, wish, transition(ticket.state, "requested"));
    const run = await insertRun(tx, ticket.id, "implement", wish.requestedBy, { goesOn: begun });
    const told = { ticket: toDocument(ticket).id, title: wish.title, by: wish.requestedBy.login };
    await appendEvents(tx, { ticketId: ticket.id, runId: run.id }, [{ type: "ticket_queued", ...told }]);
    return { runId: run.id, resumed: false };
  });
}

/** A run that has asked no model yet goes by the newest words; one that has is held to its own. */
async function sayAgain(tx: Tx, ticket: Ticket, runId: string, wish: LocalWish): Promise<void> {
  if (ticket.body === wish.body && ticket.type === wish.ticketType) return;
  if ((await sumTurns(tx, runId)).turns === 0) {
    await requestAgain(tx, ticket, wish, ticket.state);
    // How the task was put, and what was read out of it, are in the old words.
    for (const table of ["turns", "steps"] as const) await tx.deleteFrom(table).where("runId", "=", runId).execute();
    return;
  }
  throw new NightshiftError(
    "bad_input",
    `“${ticket.title}” is being worked on already, with another text or type. Give the same to go on with it, or another title to begin anew.`,
  );
}
