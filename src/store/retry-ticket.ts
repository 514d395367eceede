import { z } from "zod";
import { ticketStates } from "../domain/ticket.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { findNewestRun } from "./newest-run.ts";
import { once } from "./once.ts";
import { getRun, hasLiveRun } from "./runs.ts";
import type { Db } from "./schema.ts";
import { type Start, startRun } from "./start-run.ts";
import { lockTicketAt } from "./tickets.ts";
import { takeUp } from "./waiting.ts";

const retried = z.discriminatedUnion("status", [
  z.object({ status: z.literal("started") }),
  z.object({ status: z.literal("under_way") }),
  z.object({ status: z.literal("over"), state: z.enum(ticketStates) }),
  z.object({ status: z.literal("no_ticket") }),
]);
export type Retried = Readonly<z.infer<typeof retried>>;

/** The run whose work the new one takes up, and the steps of it that are to be done anew. */
export interface Takes {
  readonly runId: string;
  readonly anew: readonly string[];
}

export interface Retry {
  readonly enqueue: Enqueue;
  readonly takes: Takes | undefined;
}

/** A new run: from the base, whatever the ones before have left, or of what the newest one has done, where that is to be taken up. */
export async function retryTicket(db: Db, asked: Asked, { enqueue, takes }: Retry): Promise<Retried> {
  return await once(db, asked.id, retried, async (tx) => {
    const ticket = await lockTicketAt(tx, asked);
    if (ticket === undefined) return { status: "no_ticket" };
    if (await hasLiveRun(tx, ticket.id)) return { status: "under_way" };
    // Somebody may have been faster.
    const isNewest = takes !== undefined && (await findNewestRun(tx, ticket.id))?.id === takes.runId;
    const start: Start = isNewest
      ? {
          by: asked.by,
          goesOn: (await getRun(tx, takes.runId)).goesOn,
          fill: (next) => takeUp(tx, takes.runId, next, takes.anew),
        }
      : { by: asked.by };
    const runId = await startRun(tx, ticket, start, enqueue);
    return runId === undefined ? { status: "over", state: ticket.state } : { status: "started" };
  });
}
