import { z } from "zod";
import { type TicketState, ticketStates } from "../domain/ticket.ts";
import { stateAfter } from "../domain/transition.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { appendEvents, type Subject } from "./events.ts";
import { once } from "./once.ts";
import type { Db, Tx } from "./schema.ts";
import { lockTicketAt } from "./tickets.ts";
import { dropCheckpointsOfEnded } from "./turns.ts";

const stoppedNow = z.discriminatedUnion("status", [
  /** Its worker ends the run within seconds, and tells. */
  z.object({ status: z.literal("stopping") }),
  /** Nothing was under way; the ticket is cancelled. */
  z.object({ status: z.literal("cancelled") }),
  z.object({ status: z.literal("over"), state: z.enum(ticketStates) }),
  z.object({ status: z.literal("no_ticket") }),
]);
export type StoppedNow = Readonly<z.infer<typeof stoppedNow>>;

/** Only what waits or is under way can be stopped. */
const stoppable: readonly TicketState[] = ["queued", "planning", "coding", "testing", "reviewing", "waiting"];

/** Ends the work on the ticket: a run under way is told to end, one that nobody has taken yet ends here. */
export async function stopTicket(db: Db, asked: Asked, enqueue: Enqueue): Promise<StoppedNow> {
  return await once(db, asked.id, stoppedNow, async (tx) => {
    const ticket = await lockTicketAt(tx, asked);
    if (ticket === undefined) return { status: "no_ticket" };
    const live = await tx
      .selectFrom("runs")
      .select(["id", "status"])
      .where("ticketId", "=", ticket.id)
      .where("status", "in", ["queued", "running"])
      .forUpdate()
      .executeTakeFirst();
    const subject = { ticketId: ticket.id, runId: live?.id ?? null };
    if (live?.status === "running") {
      await tx.updateTable("runs").set({ stopAskedBy: asked.by.login }).where("id", "=", live.id).execute();
      // Where it waits for another attempt no worker watches it: this one ends it.
      await enqueue(tx, { type: "run", runId: live.id, later: true });
      await appendEvents(tx, subject, [{ type: "stop_asked", by: asked.by.login }]);
      return { status: "stopping" };
    }
    const state = stoppable.includes(ticket.state) ? stateAfter(ticket.state, "cancelled") : undefined;
    if (state === undefined) return { status: "over", state: ticket.state };
    if (live !== undefined) await cancelQueued(tx, live.id, asked.by.login);
    await tx.updateTable("tickets").set({ state, updatedAt: new Date() }).where("id", "=", ticket.id).execute();
    await dropCheckpointsOfEnded(tx, ticket.id);
    await tellCancelled(tx, subject, ticket.state, asked.by.login);
    return { status: "cancelled" };
  });
}

async function cancelQueued(tx: Tx, runId: string, by: string): Promise<void> {
  await tx
    .updateTable("runs")
    .set({ status: "cancelled", reason: `Stopped by @${by} before it began.`, endedAt: new Date() })
    .where("id", "=", runId)
    .execute();
}

async function tellCancelled(tx: Tx, subject: Subject, from: TicketState, by: string): Promise<void> {
  await appendEvents(tx, subject, [
    { type: "stop_asked", by },
    { type: "state_changed", from, to: "cancelled" },
  ]);
}
