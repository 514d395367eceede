import { expect, test } from "vitest";
import { ticketStates } from "../../../../src/domain/ticket.ts";
import { ticketIs } from "../../../../src/execution/wording/ticket-is.ts";

test("a ticket's state is told in words, not by its name", () => {
  expect(ticketIs("needs_human")).toBe("the ticket has been handed to a person");
  expect(ticketStates.map(ticketIs).filter((clause) => clause.includes("_"))).toEqual([]);
});
