import type { TicketState } from "../../domain/ticket.ts";

const words = {
  queued: "is queued",
  planning: "is being planned",
  coding: "is being worked on",
  testing: "is being tested",
  reviewing: "is being reviewed",
  ready: "is ready",
  waiting: "is waiting",
  needs_human: "has been handed to a person",
  failed: "has failed",
  cancelled: "is cancelled",
  merged: "is merged",
  closed: "is closed",
} as const satisfies Record<TicketState, string>;

/** A ticket's state as a clause for people: "the ticket is ready". */
export function ticketIs(state: TicketState): string {
  return `the ticket ${words[state]}`;
}
