import { sql } from "kysely";
import { z } from "zod";
import { type Person, type Ticket, ticketStates } from "../domain/ticket.ts";
import { stopped } from "../domain/transition.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { appendEvents } from "./events.ts";
import { keepAgreed } from "./keep-agreed.ts";
import { once } from "./once.ts";
import { hasLiveRun } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { startRun } from "./start-run.ts";
import { getTicket, lockTicketAt } from "./tickets.ts";
import { findWaiting } from "./waiting.ts";

const budgetSet = z.discriminatedUnion("status", [
  /** A new run goes on with the work. */
  z.object({ status: z.literal("started") }),
  /** A run is under way; its next call is held against the new budget. */
  z.object({ status: z.literal("under_way") }),
  z.object({ status: z.literal("not_stopped"), state: z.enum(ticketStates) }),
  z.object({ status: z.literal("used_up"), spentUsd: z.number() }),
  z.object({ status: z.literal("no_ticket") }),
]);
export type BudgetSet = Readonly<z.infer<typeof budgetSet>>;

/**
 * The ticket of the issue or pull request may cost `usd` in all from now on; where its work has stopped and money is left, a run
 * goes on with it, unless people have been asked something first. One transaction, done once for a command.
 */
export async function setBudget(db: Db, asked: Asked, usd: number, enqueue: Enqueue): Promise<BudgetSet> {
  return await once(db, asked.id, budgetSet, async (tx) => {
    const ticket = await lockTicketAt(tx, asked);
    if (ticket === undefined) return { status: "no_ticket" };
    await tx.updateTable("tickets").set({ budgetUsd: usd }).where("id", "=", ticket.id).execute();
    const subject = { ticketId: ticket.id, runId: null };
    await appendEvents(tx, subject, [{ type: "budget_set", usd, by: asked.by.login }]);

    if (await hasLiveRun(tx, ticket.id)) return { status: "under_way" };
    if (!stopped.includes(ticket.state) || (await findWaiting(tx, asked)) !== undefined) {
      return { status: "not_stopped", state: ticket.state };
    }
    const spentUsd = await heldUsd(tx, ticket.id);
    if (spentUsd >= usd) return { status: "used_up", spentUsd };
    await goOnWith(tx, ticket, asked.by, enqueue);
    return { status: "started" };
  });
}

/**
 * For the transaction that ends a run which its budget has stopped: who gave it more after its last call, or where it made none after it
 * was asked for, was told that it is under way, so a run goes on with the work.
 */
export async function goOnWhereMoreWasGiven(
  tx: Tx,
  { runId, ticketId }: { readonly runId: string; readonly ticketId: string },
  enqueue: Enqueue,
): Promise<void> {
  const ticket = await tx.selectFrom("tickets").selectAll().where("id", "=", ticketId).executeTakeFirstOrThrow();
  const given = await tx
    .selectFrom("commands")
    .select(["byLogin", "byId"])
    .where("owner", "=", ticket.owner)
    .where("repo", "=", ticket.repo)
    .where((eb) =>
      eb.or([eb(sql<string>`number::text`, "=", ticket.externalId), eb("number", "=", ticket.pullNumber ?? -1)]),
    )
    .where(sql<string>`command ->> 'verb'`, "=", "budget")
    .where(sql<string>`outcome ->> 'status'`, "=", "under_way")
    .where(
      sql<boolean>`coalesce(answered_at, now()) > (
        select coalesce((select max(reserved_at) from ledger where run_id = runs.id), created_at) from runs where id = ${runId})`,
    )
    .orderBy("createdAt", "desc")
    .limit(1)
    .executeTakeFirst();
  if (given === undefined || (await heldUsd(tx, ticketId)) >= (ticket.budgetUsd ?? 0)) return;
  const by = { login: given.byLogin, id: given.byId };
  await goOnWith(tx, await getTicket(tx, ticketId), by, enqueue);
}

async function goOnWith(tx: Tx, ticket: Ticket, by: Person, enqueue: Enqueue): Promise<void> {
  const fill = (runId: string) => keepAgreed(tx, ticket.id, runId);
  await startRun(tx, ticket, { by, goesOn: true, fill }, enqueue);
}

async function heldUsd(tx: Tx, ticketId: string): Promise<number> {
  const balance = await tx
    .selectFrom("balances")
    .select("heldUsd")
    .where("budget", "=", `ticket:${ticketId}`)
    .executeTakeFirst();
  return balance?.heldUsd ?? 0;
}
