import { sql } from "kysely";
import { z } from "zod";
import { type Answer, type Asks, answer, asks } from "../domain/asks.ts";
import type { Enqueue } from "./accept.ts";
import { appendEvents } from "./events.ts";
import { getRun } from "./runs.ts";
import type { Db, Tx } from "./schema.ts";
import { startRun } from "./start-run.ts";
import { lotStep } from "./steps.ts";
import { type At, atTicket, lockTicketAt } from "./tickets.ts";
import { toJsonb } from "./to-jsonb.ts";

/** A ticket whose newest run ended with something for people to say. */
export interface Waiting {
  readonly ticketId: string;
  readonly runId: string;
  readonly asks: Asks;
  /** Whether that run has ended: it asks before it does. */
  readonly ended: boolean;
}

/** What the ticket of this issue or pull request waits for. */
export async function findWaiting(db: Db, at: At): Promise<Waiting | undefined> {
  const found = await db
    .selectFrom("tickets")
    .innerJoin("runs", "runs.ticketId", "tickets.id")
    .innerJoin("steps", (join) => join.onRef("steps.runId", "=", "runs.id").on("steps.name", "=", "outcome"))
    .select(["tickets.id as ticketId", "runs.id as runId", "runs.status", sql`steps.output -> 'asks'`.as("asks")])
    .where(atTicket(at))
    .where(sql<boolean>`steps.output -> 'asks' is not null`)
    .where(({ or, and, eb }) =>
      or([
        eb("runs.status", "=", "running"),
        and([eb("runs.status", "=", "waiting"), eb("tickets.state", "=", "waiting")]),
      ]),
    )
    .where(
      sql<boolean>`not exists (select from runs newer where newer.ticket_id = tickets.id and newer.created_at > runs.created_at)`,
    )
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const { ticketId, runId, status } = found;
  return { ticketId, runId, asks: asks.parse(found.asks), ended: status === "waiting" };
}

export const goneOn = z.object({ status: z.enum(["started", "not_waiting"]) });
export type GoneOn = Readonly<z.infer<typeof goneOn>>;

/**
 * People have said what the ticket waits for: a new run takes up the one that asked, with all that it had come to, for the one
 * whom that worked for.
 */
export async function goOn(
  tx: Tx,
  { at, runId, heard }: { readonly at: At; readonly runId: string; readonly heard: Answer },
  enqueue: Enqueue,
): Promise<GoneOn> {
  const ticket = await lockTicketAt(tx, at);
  // Somebody may have been faster.
  const waiting = ticket && (await findWaiting(tx, at));
  if (ticket === undefined || waiting?.runId !== runId || !waiting.ended) return { status: "not_waiting" };
  const { requestedBy, goesOn } = await getRun(tx, runId);
  const fill = async (next: string) => {
    await takeUp(tx, runId, next);
    const name = answerStep((await listAnswers(tx, next)).length + 1);
    await tx
      .insertInto("steps")
      .values({ runId: next, name, output: toJsonb(heard) })
      .execute();
  };
  const started = await startRun(tx, ticket, { by: requestedBy, goesOn, fill }, enqueue);
  if (started === undefined) return { status: "not_waiting" };
  const by = [...new Set([...(heard.approvedBy === null ? [] : [heard.approvedBy]), ...heard.said.map((it) => it.by)])];
  await appendEvents(tx, { ticketId: ticket.id, runId: started }, [
    { type: "answered", by, approved: heard.approvedBy !== null },
  ]);
  return { status: "started" };
}

/**
 * The steps, turns and summaries of a run that has ended stand in the next one as well, but for how it was admitted, published and
 * ended, and what else is to be done `anew`.
 */
export async function takeUp(tx: Tx, from: string, to: string, anew: readonly string[] = []): Promise<void> {
  await sql`insert into steps (run_id, name, output, finished_at)
    select ${to}, name, output, finished_at from steps
    where run_id = ${from} and name <> all(${["admit", "publish", "kept", "outcome", ...anew]}::text[])`.execute(tx);
  await sql`insert into steps (run_id, name, output) values (${to}, ${lotStep}, to_jsonb(${from}::text))
    on conflict do nothing`.execute(tx);
  await sql`insert into turns (run_id, step, n, messages, usage, cost_usd, checkpoint, recorded_at, request)
    select ${to}, step, n, messages, usage, cost_usd, checkpoint, recorded_at, request from turns
    where run_id = ${from}`.execute(tx);
  await sql`insert into summaries (run_id, step, n, after_turn, made, asked, cost_usd, recorded_at)
    select ${to}, step, n, after_turn, made, asked, cost_usd, recorded_at from summaries where run_id = ${from}`.execute(
    tx,
  );
}

/** What people have said to the questions of a run and of those that it takes up, in their order. */
export async function listAnswers(db: Db, runId: string): Promise<readonly Answer[]> {
  const rows = await db
    .selectFrom("steps")
    .select("output")
    .where("runId", "=", runId)
    .where("name", "like", answerStep("%"))
    .orderBy("finishedAt")
    .execute();
  return rows.map(({ output }) => answer.parse(output));
}

function answerStep(n: number | "%"): string {
  return `answer ${n}`;
}
