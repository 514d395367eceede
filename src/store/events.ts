import { type RunEvent, runEvent } from "../domain/event.ts";
import { call } from "./call.ts";
import type { Lease } from "./runs.ts";
import type { Db } from "./schema.ts";
import { toJsonb } from "./to-jsonb.ts";

export interface Subject {
  readonly ticketId: string;
  readonly runId: string | null;
}

/** What a run tells, where it is still ours. Outside of transactions: it reaches the disk with the next commit that is waited for. */
export async function appendRunEvent(db: Db, { runId, lease }: Lease, event: RunEvent): Promise<void> {
  const { type, ...data } = event;
  await call(db, "select append_run_event($1, $2, $3, $4)", [runId, lease, type, toJsonb(data)]);
}

/** In their order, and at once. */
export async function appendEvents(db: Db, { ticketId, runId }: Subject, events: readonly RunEvent[]): Promise<void> {
  const rows = events.map(({ type, ...data }) => ({ ticketId, runId, type, data: toJsonb(data) }));
  await db.insertInto("events").values(rows).execute();
}

export interface RecordedEvent {
  readonly id: number;
  readonly runId: string | null;
  readonly at: Date;
  readonly event: RunEvent;
}

/** What happened to a ticket after the event `after`, in order. */
export async function listEvents(db: Db, ticketId: string, after = 0): Promise<readonly RecordedEvent[]> {
  const rows = await db
    .selectFrom("events")
    .selectAll()
    .where("ticketId", "=", ticketId)
    .where("id", ">", after)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    runId: row.runId,
    at: row.at,
    event: runEvent.parse({ type: row.type, ...Object(row.data) }),
  }));
}
