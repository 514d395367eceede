import type { Run } from "../../src/domain/run.ts";
import type { Ticket } from "../../src/domain/ticket.ts";

/** A ticket from an issue, where a test only says what matters to it. */
export function aTicket(changes: Partial<Ticket> = {}): Ticket {
  return {
    id: "5b0e4b4e-8f6a-4c8e-9f0e-0f5a2a1b7c11",
    repo: { owner: "acme", name: "shop", installationId: 7 },
    source: "github_issue",
    externalId: "101",
    type: "bug",
    priority: "medium",
    title: "Crash on empty cart",
    body: "Open the cart without anything in it.",
    requestedBy: { login: "mona", id: 583231 },
    state: "coding",
    branch: null,
    headSha: null,
    pullNumber: null,
    ...changes,
  };
}

/** A run that implements `aTicket()`. */
export function aRun(changes: Partial<Run> = {}): Run {
  return {
    id: "0c7d5c52-2f0f-4a55-9a0a-6d3a54c3f1d2",
    ticketId: aTicket().id,
    kind: "implement",
    status: "running",
    requestedBy: { login: "mona", id: 583231 },
    lease: 1,
    goesOn: false,
    createdAt: new Date("2026-01-05T20:00:00Z"),
    ...changes,
  };
}
