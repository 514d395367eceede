import { type Selectable, sql } from "kysely";
import { z } from "zod";
import { type Person, ticketStates } from "../domain/ticket.ts";
import { stopped, transition } from "../domain/transition.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { appendEvents } from "./events.ts";
import { hasLiveRun, insertRun } from "./runs.ts";
import type { Db, Schema, Tx } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

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
 * goes on with it. One transaction, done once for a command.
 */
export async function setBudget(
  db: Db,
  { id, repo, number, by }: Asked,
  usd: number,
  enqueue: Enqueue,
): Promise<BudgetSet> {
  return await db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom("commands")
      .select("outcome")
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirst();
    if (before?.outcome != null) return budgetSet.parse(before.outcome);
    const outcome = await set(tx, { repo, number, by, usd }, enqueue);
    await tx
      .updateTable("commands")
      .set({ outcome: toJsonb(outcome) })
      .where("id", "=", id)
      .execute();
    return outcome;
  });
}

async function set(
  tx: Tx,
  { repo, number, by, usd }: Pick<Asked, "repo" | "number" | "by"> & { readonly usd: number },
  enqueue: Enqueue,
): Promise<BudgetSet> {
  const ticket = await tx
    .selectFrom("tickets")
    .select(["id", "state", "owner", "repo", "title", "externalId"])
    .where("owner", "=", repo.owner)
    .where("repo", "=", repo.name)
    .where((eb) =>
      eb.or([eb.and({ source: "github_issue", externalId: String(number) }), eb("pullNumber", "=", number)]),
    )
    .forUpdate()
    .executeTakeFirst();
  if (ticket === undefined) return { status: "no_ticket" };
  await tx.updateTable("tickets").set({ budgetUsd: usd }).where("id", "=", ticket.id).execute();
  const said = { type: "budget_set", usd, by: by.login } as const;
  const subject = { ticketId: ticket.id, runId: null };

  const isLive = await hasLiveRun(tx, ticket.id);
  const spentUsd = await heldUsd(tx, ticket.id);
  if (isLive || !stopped.includes(ticket.state) || spentUsd >= usd) {
    await appendEvents(tx, subject, [said]);
    if (isLive) return { status: "under_way" };
    return stopped.includes(ticket.state)
      ? { status: "used_up", spentUsd }
      : { status: "not_stopped", state: ticket.state };
  }
  await appendEvents(tx, subject, [said]);
  await goOn(tx, ticket, by, enqueue);
  return { status: "started" };
}

/**
 * For the transaction that ends a run which its budget has stopped: who gave it more after its last call was told that it is under
 * way, so a run goes on with the work.
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
    .where(sql<string>`outcome ->> 'status'`, "=", "under_way")
    .where(
      sql<boolean>`coalesce(answered_at, now()) > (
        select coalesce(max(reserved_at), '-infinity') from ledger where run_id = ${runId})`,
    )
    .orderBy("createdAt", "desc")
    .limit(1)
    .executeTakeFirst();
  if (given === undefined || (await heldUsd(tx, ticketId)) >= (ticket.budgetUsd ?? 0)) return;
  await goOn(tx, ticket, { login: given.byLogin, id: given.byId }, enqueue);
}

type Stopped = Pick<Selectable<Schema["tickets"]>, "id" | "state" | "owner" | "repo" | "title" | "externalId">;

async function goOn(tx: Tx, ticket: Stopped, by: Person, enqueue: Enqueue): Promise<void> {
  const state = transition(ticket.state, "requested");
  await tx.updateTable("tickets").set({ state, updatedAt: new Date() }).where("id", "=", ticket.id).execute();
  const run = await insertRun(tx, ticket.id, "implement", by, { goesOn: true });
  await enqueue(tx, { type: "run", runId: run.id });
  const name = `${ticket.owner}/${ticket.repo}#${ticket.externalId}`;
  const queued = { type: "ticket_queued", ticket: name, title: ticket.title, by: by.login } as const;
  await appendEvents(tx, { ticketId: ticket.id, runId: run.id }, [queued]);
}

async function heldUsd(tx: Tx, ticketId: string): Promise<number> {
  const balance = await tx
    .selectFrom("balances")
    .select("heldUsd")
    .where("budget", "=", `ticket:${ticketId}`)
    .executeTakeFirst();
  return balance?.heldUsd ?? 0;
}
