import { z } from "zod";
import { type TicketState, ticketStates } from "../domain/ticket.ts";
import { stateAfter } from "../domain/transition.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { appendEvents, type Subject } from "./events.ts";
import { once } from "./once.ts";
import type { Db, Tx } from "./schema.ts";
import { lotStep } from "./steps.ts";
import { lockTicketAt } from "./tickets.ts";
import { dropCheckpointsOfEnded } from "./turns.ts";

const stoppedNow = z.discriminatedUnion("status", [
  /** A worker ends the run, keeps what was done, and tells. */
  z.object({ status: z.literal("stopping") }),
  /** Nothing had been done; the ticket is cancelled. */
  z.object({ status: z.literal("cancelled") }),
  z.object({ status: z.literal("over"), state: z.enum(ticketStates) }),
  z.object({ status: z.literal("no_ticket") }),
]);
export type StoppedNow = Readonly<z.infer<typeof stoppedNow>>;

/** Only what waits or is under way can be stopped. */
const stoppable: readonly TicketState[] = ["queued", "planning", "coding", "testing", "reviewing", "waiting"];

/** Ends the work on the ticket: a run that has done something is told to end, one that nobody has taken yet ends here. */
export async function stopTicket(db: Db, asked: Asked, enqueue: Enqueue): Promise<StoppedNow> {
  return await once(db, asked.id, stoppedNow, async (tx) => {
    const ticket = await lockTicketAt(tx, asked);
    if (ticket === undefined) return { status: "no_ticket" };
    const { login } = asked.by;
    const stopping = await stoppingRun(tx, ticket.id);
    if (stopping !== undefined) {
      await askToStop(tx, stopping, login, enqueue);
      await appendEvents(tx, { ticketId: ticket.id, runId: stopping.id }, [{ type: "stop_asked", by: login }]);
      return { status: "stopping" };
    }
    const state = stoppable.includes(ticket.state) ? stateAfter(ticket.state, "cancelled") : undefined;
    if (state === undefined) return { status: "over", state: ticket.state };
    const runId = await cancelQueued(tx, ticket.id, login);
    await tx.updateTable("tickets").set({ state, updatedAt: new Date() }).where("id", "=", ticket.id).execute();
    await dropCheckpointsOfEnded(tx, ticket.id);
    await tellCancelled(tx, { ticketId: ticket.id, runId }, ticket.state, login);
    return { status: "cancelled" };
  });
}

interface Stopping {
  readonly id: string;
  readonly status: "queued" | "running" | "waiting";
}

/** The ticket's newest run, where a worker has had it, or one that it takes up, and it has not ended for good. */
async function stoppingRun(tx: Tx, ticketId: string): Promise<Stopping | undefined> {
  const newest = await tx
    .selectFrom("runs")
    .select(["id", "status", "lease"])
    .where("ticketId", "=", ticketId)
    .orderBy("createdAt", "desc")
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  if (newest === undefined) return undefined;
  const { id, status, lease } = newest;
  if (status === "queued") return lease > 0 || (await takesUp(tx, id)) ? { id, status } : undefined;
  return status === "running" || status === "waiting" ? { id, status } : undefined;
}

async function takesUp(tx: Tx, runId: string): Promise<boolean> {
  const lot = tx.selectFrom("steps").select("name").where("runId", "=", runId).where("name", "=", lotStep);
  return (await lot.executeTakeFirst()) !== undefined;
}

async function askToStop(tx: Tx, { id, status }: Stopping, by: string, enqueue: Enqueue): Promise<void> {
  await tx.updateTable("runs").set({ stopAskedBy: by }).where("id", "=", id).execute();
  switch (status) {
    case "queued":
      return;
    case "running":
      // Where it waits for another attempt no worker watches it: this one ends it.
      return await enqueue(tx, { type: "run", runId: id, later: true });
    case "waiting":
      // It goes on, to its other end: its workspace stands in the database, and takes a sandbox to be made a commit.
      await tx.deleteFrom("steps").where("runId", "=", id).where("name", "=", "outcome").execute();
      await tx
        .updateTable("runs")
        .set({ status: "queued", reason: null, endedAt: null })
        .where("id", "=", id)
        .execute();
      return await enqueue(tx, { type: "run", runId: id });
    default:
      return status satisfies never;
  }
}

/** @returns the run's id, where there is one. */
async function cancelQueued(tx: Tx, ticketId: string, by: string): Promise<string | null> {
  const cancelled = await tx
    .updateTable("runs")
    .set({ status: "cancelled", reason: `Stopped by @${by} before it began.`, endedAt: new Date() })
    .where("ticketId", "=", ticketId)
    .where("status", "=", "queued")
    .returning("id")
    .executeTakeFirst();
  return cancelled?.id ?? null;
}

async function tellCancelled(tx: Tx, subject: Subject, from: TicketState, by: string): Promise<void> {
  await appendEvents(tx, subject, [
    { type: "stop_asked", by },
    { type: "state_changed", from, to: "cancelled" },
  ]);
}
