import { z } from "zod";
import { ticketStates } from "../domain/ticket.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { once } from "./once.ts";
import { hasLiveRun } from "./runs.ts";
import type { Db } from "./schema.ts";
import { startRun } from "./start-run.ts";
import { lockTicketAt } from "./tickets.ts";

const retried = z.discriminatedUnion("status", [
  z.object({ status: z.literal("started") }),
  z.object({ status: z.literal("under_way") }),
  z.object({ status: z.literal("over"), state: z.enum(ticketStates) }),
  z.object({ status: z.literal("no_ticket") }),
]);
export type Retried = Readonly<z.infer<typeof retried>>;

/** A new run from the base, whatever the ones before have left. */
export async function retryTicket(db: Db, asked: Asked, enqueue: Enqueue): Promise<Retried> {
  return await once(db, asked.id, retried, async (tx) => {
    const ticket = await lockTicketAt(tx, asked);
    if (ticket === undefined) return { status: "no_ticket" };
    if (await hasLiveRun(tx, ticket.id)) return { status: "under_way" };
    const runId = await startRun(tx, ticket, { by: asked.by }, enqueue);
    return runId === undefined ? { status: "over", state: ticket.state } : { status: "started" };
  });
}
