import type { Expression, ExpressionBuilder, Selectable, SqlBool } from "kysely";
import type { LocalWish, Wish } from "../domain/intent.ts";
import type { Repository } from "../domain/repository.ts";
import type { Outcome } from "../domain/run.ts";
import { type Ticket, type TicketState, ticket } from "../domain/ticket.ts";
import { type TicketEvent, transition } from "../domain/transition.ts";
import { fenced } from "./fence.ts";
import { settleLeftOpen } from "./ledger.ts";
import { endRun, type Lease, stopAskedBy } from "./runs.ts";
import type { Db, Schema, Tx } from "./schema.ts";
import { storable } from "./to-jsonb.ts";
import { dropCheckpoints } from "./turns.ts";

function toTicket(row: Selectable<Schema["tickets"]>): Ticket {
  return ticket.parse({
    ...row,
    repo: { owner: row.owner, name: row.repo, installationId: row.installationId },
    requestedBy: { login: row.requestedByLogin, id: row.requestedById },
  });
}

export async function getTicket(db: Db, id: string): Promise<Ticket> {
  return toTicket(await db.selectFrom("tickets").selectAll().where("id", "=", id).executeTakeFirstOrThrow());
}

/** The ticket of this wish, made if it is new, and locked until the transaction ends. */
export async function lockTicket(
  tx: Tx,
  wish: Wish | LocalWish,
): Promise<{ readonly ticket: Ticket; readonly isNew: boolean }> {
  const key = {
    owner: wish.repo.owner,
    repo: wish.repo.name,
    ...("issue" in wish
      ? { source: "github_issue" as const, externalId: String(wish.issue) }
      : { source: "local" as const, externalId: wish.externalId }),
  };
  const inserted = await tx
    .insertInto("tickets")
    .values({ ...key, ...wordsOf(wish) })
    .onConflict((conflict) => conflict.columns(["owner", "repo", "source", "externalId"]).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted !== undefined) return { ticket: toTicket(inserted), isNew: true };
  const found = await tx
    .selectFrom("tickets")
    .selectAll()
    .where((eb) => eb.and(key))
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { ticket: toTicket(found), isNew: false };
}

/** An issue, or a pull request. */
export interface At {
  readonly repo: Repository;
  readonly number: number;
}

/** That a ticket is the one of an issue or of a pull request of ours. */
export function atTicket({ repo, number }: At) {
  return ({ eb, or, and }: ExpressionBuilder<Schema, "tickets">): Expression<SqlBool> =>
    and([
      eb("tickets.owner", "=", repo.owner),
      eb("tickets.repo", "=", repo.name),
      or([
        and([eb("tickets.source", "=", "github_issue"), eb("tickets.externalId", "=", String(number))]),
        eb("tickets.pullNumber", "=", number),
      ]),
    ]);
}

/** The ticket of an issue or pull request, locked until the transaction ends. */
export async function lockTicketAt(tx: Tx, at: At): Promise<Ticket | undefined> {
  const found = await tx.selectFrom("tickets").selectAll().where(atTicket(at)).forUpdate().executeTakeFirst();
  return found && toTicket(found);
}

/** Whether anything was ever wanted in this repository. */
export async function hasTickets(db: Db, { owner, name }: Pick<Repository, "owner" | "name">): Promise<boolean> {
  const found = await db
    .selectFrom("tickets")
    .select("id")
    .where("owner", "=", owner)
    .where("repo", "=", name)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** The ticket says afterwards what the newest request said. */
export async function requestAgain(tx: Tx, of: Ticket, wish: Wish | LocalWish, state: TicketState): Promise<Ticket> {
  const updated = await tx
    .updateTable("tickets")
    .set({ ...wordsOf(wish), state, updatedAt: new Date() })
    .where("id", "=", of.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toTicket(updated);
}

export interface Moved {
  readonly from: TicketState;
  readonly to: TicketState;
}

/**
 * Moves the ticket along the one table of transitions, under the run's lease.
 * @throws NightshiftError `forbidden_transition`, `lease_lost`.
 */
export async function moveTicket(db: Db, lease: Lease, ticketId: string, event: TicketEvent): Promise<Moved> {
  return await db.transaction().execute((tx) => move(tx, lease, ticketId, event));
}

/**
 * Ends the run and moves its ticket, both or neither. Neither for a run that would wait for people where one of them has told it to
 * end meanwhile.
 * @throws NightshiftError `forbidden_transition`, `lease_lost`.
 */
export async function concludeRun(
  db: Db,
  lease: Lease,
  ticketId: string,
  event: TicketEvent,
  outcome: Outcome,
  also: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<{ readonly moved: Moved } | { readonly stoppedBy: string }> {
  return await db.transaction().execute(async (tx) => {
    await fenced(tx, lease);
    const stoppedBy = outcome.status === "waiting" ? await stopAskedBy(tx, lease.runId) : undefined;
    if (stoppedBy !== undefined) return { stoppedBy };
    const moved = await move(tx, lease, ticketId, event);
    await endRun(tx, lease, outcome);
    await settleLeftOpen(tx, lease.runId);
    // Who waits for people goes on from there.
    if (outcome.status !== "waiting" || outcome.asks === undefined) await dropCheckpoints(tx, [lease.runId]);
    await also(tx);
    return { moved };
  });
}

async function move(tx: Tx, lease: Lease, ticketId: string, event: TicketEvent): Promise<Moved> {
  await fenced(tx, lease);
  const { state: from } = await tx
    .selectFrom("tickets")
    .select("state")
    .where("id", "=", ticketId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const to = transition(from, event);
  await tx.updateTable("tickets").set({ state: to, updatedAt: new Date() }).where("id", "=", ticketId).execute();
  return { from, to };
}

/** Notes what we pushed and opened for the ticket, under the run's lease. */
export async function setDelivered(
  db: Db,
  lease: Lease,
  ticketId: string,
  delivered: { readonly branch: string; readonly headSha: string; readonly pullNumber?: number },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await fenced(tx, lease);
    await tx
      .updateTable("tickets")
      .set({ ...delivered, updatedAt: new Date() })
      .where("id", "=", ticketId)
      .execute();
  });
}

function wordsOf(wish: Wish | LocalWish) {
  return {
    installationId: wish.repo.installationId,
    type: wish.ticketType,
    priority: wish.priority,
    title: storable(wish.title),
    body: storable(wish.body),
    requestedByLogin: wish.requestedBy.login,
    requestedById: wish.requestedBy.id,
  };
}
