import type { ColumnType, Generated, Kysely, Transaction } from "kysely";
import type { RunEvent } from "../domain/event.ts";
import type { RunKind, RunStatus } from "../domain/run.ts";
import type { Ticket, TicketState } from "../domain/ticket.ts";

/** A jsonb column: read as unknown and parsed, written as text. */
type Json = ColumnType<unknown, string, string>;
type Stamp = ColumnType<Date, never, Date>;

export interface Schema {
  readonly installation: { id: Generated<string>; onlyRow: Generated<boolean> };
  readonly deliveries: { id: string; event: string; action: string | null; receivedAt: Stamp };
  readonly tickets: {
    id: Generated<string>;
    owner: string;
    repo: string;
    installationId: number;
    source: Ticket["source"];
    externalId: string;
    type: Ticket["type"];
    priority: Ticket["priority"];
    title: string;
    body: string;
    requestedByLogin: string;
    requestedById: number;
    state: Generated<TicketState>;
    branch: string | null;
    headSha: string | null;
    pullNumber: number | null;
    budgetUsd: number | null;
    createdAt: Stamp;
    updatedAt: Stamp;
  };
  readonly runs: {
    id: Generated<string>;
    ticketId: string;
    kind: RunKind;
    status: Generated<RunStatus>;
    requestedByLogin: string;
    requestedById: number;
    lease: Generated<number>;
    reason: string | null;
    goesOn: Generated<boolean>;
    stopAskedBy: string | null;
    createdAt: Stamp;
    startedAt: Date | null;
    endedAt: Date | null;
  };
  readonly artifacts: { hash: string; kind: string; content: Buffer; createdAt: Stamp };
  readonly steps: { runId: string; name: string; output: Json; finishedAt: Stamp };
  readonly turns: {
    runId: string;
    step: string;
    n: number;
    messages: Json;
    usage: ColumnType<unknown, string | null, string | null>;
    costUsd: number;
    checkpoint: string | null;
    request: ColumnType<unknown, string | null, string | null>;
    recordedAt: Stamp;
  };
  readonly summaries: {
    runId: string;
    step: string;
    n: number;
    afterTurn: number;
    made: ColumnType<unknown, string | null, never>;
    asked: ColumnType<unknown, string | null, never>;
    costUsd: number;
    recordedAt: Stamp;
  };
  readonly preparations: {
    id: Generated<string>;
    owner: string;
    repo: string;
    lastSignAt: ColumnType<Date, never, Date>;
  };
  readonly ledger: {
    id: Generated<number>;
    runId: string;
    ticketId: string;
    owner: string;
    repo: string;
    day: ColumnType<Date, string, never>;
    step: string;
    model: string;
    reservedUsd: number;
    settledUsd: number | null;
    usage: ColumnType<unknown, string | null, string | null>;
    reservedAt: Stamp;
    settledAt: Date | null;
  };
  readonly balances: { budget: string; heldUsd: number };
  readonly commands: {
    id: Generated<string>;
    deliveryId: string;
    owner: string;
    repo: string;
    installationId: number;
    number: number;
    commentId: number;
    command: Json;
    byLogin: string;
    byId: number;
    outcome: ColumnType<unknown, string | null, string>;
    answeredAt: Date | null;
    createdAt: Stamp;
  };
  readonly waivers: {
    ticketId: string;
    headSha: string;
    rule: string;
    file: string;
    text: string;
    byLogin: string;
    byId: number;
    reason: string | null;
    waivedAt: Stamp;
  };
  readonly events: {
    id: Generated<number>;
    ticketId: string;
    runId: string | null;
    type: RunEvent["type"];
    data: Json;
    at: Stamp;
  };
}

/** The database, or a transaction in it. */
export type Db = Kysely<Schema>;
export type Tx = Transaction<Schema>;
