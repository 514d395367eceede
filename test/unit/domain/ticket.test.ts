import { expect, test } from "vitest";
import { z } from "zod";
import { issueNumber, ticket, ticketDocument, toDocument } from "../../../src/domain/ticket.ts";
import { aTicket } from "../../support/a-ticket.ts";

const sample = {
  id: "ENG-1042",
  type: "bug",
  priority: "low",
  context: { repo: "frontend-monorepo", filepaths: ["src/components/Header.tsx"], error_logs: "Traceback …" },
  acceptance_criteria: ["Unit tests pass", "No new React warnings in console"],
};

test("a ticket is exchanged as a document that its schema takes unchanged", () => {
  const document = toDocument(aTicket());
  expect(document).toEqual({
    id: "acme/shop#101",
    type: "bug",
    priority: "medium",
    context: { repo: "shop", filepaths: [] },
    acceptance_criteria: [],
  });
  expect(ticketDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
});

test("a document of another system comes through whole", () => {
  expect(ticketDocument.parse(sample)).toEqual(sample);
});

test("a document may leave out what it does not know", () => {
  const { acceptance_criteria: _, ...rest } = sample;
  const short = { ...rest, context: { repo: "frontend-monorepo" } };
  expect(ticketDocument.parse(short)).toEqual({
    ...short,
    context: { repo: "frontend-monorepo", filepaths: [] },
    acceptance_criteria: [],
  });
});

test.each([
  ["an unknown key", { ...sample, urgency: "high" }, ["urgency"]],
  ["an unknown key in its context", { ...sample, context: { repo: "shop", branch: "main" } }, ["branch"]],
  ["a type that we do not know", { ...sample, type: "epic" }, ["bug", "feature", "chore"]],
  ["no repository", { ...sample, context: {} }, ["context", "repo"]],
])("a document with %s is refused by name", (_, document, named) => {
  const { error } = ticketDocument.safeParse(document);
  for (const word of named) expect(z.prettifyError(error ?? new z.ZodError([]))).toContain(word);
});

test("its JSON Schema takes what our own takes, and refuses what it refuses", () => {
  const published = z.fromJSONSchema(z.toJSONSchema(ticketDocument, { io: "input" }));
  for (const document of [sample, toDocument(aTicket())]) expect(published.safeParse(document).success).toBe(true);
  for (const document of [{ ...sample, urgency: "high" }, { ...sample, type: "epic" }, {}]) {
    expect(published.safeParse(document).success).toBe(false);
  }
});

test("a stored ticket is parsed to what it was", () => {
  expect(ticket.parse(aTicket())).toEqual(aTicket());
});

test("the number of an issue is the ticket's name in its source", () => {
  expect(issueNumber({ source: "github_issue", externalId: "101" })).toBe(101);
});
