import type { Db, Tx } from "./schema.ts";
import { type At, atTicket } from "./tickets.ts";

/** A locked ticket's newest run, whose work is there to be taken up. */
export async function findNewestRun(
  tx: Tx,
  ticketId: string,
): Promise<{ readonly id: string; readonly endedAt: Date | null } | undefined> {
  return await tx
    .selectFrom("runs")
    .select(["id", "endedAt"])
    .where("ticketId", "=", ticketId)
    .orderBy("createdAt", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The newest run for the issue or pull request, as long as no other has begun. */
export async function findNewestRunAt(db: Db, at: At): Promise<string | undefined> {
  const newest = await db
    .selectFrom("runs")
    .innerJoin("tickets", "tickets.id", "runs.ticketId")
    .select("runs.id")
    .where(atTicket(at))
    .orderBy("runs.createdAt", "desc")
    .limit(1)
    .executeTakeFirst();
  return newest?.id;
}
