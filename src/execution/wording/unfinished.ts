import type { Submission } from "../../agent/tools/submit.ts";
import type { Ticket } from "../../domain/ticket.ts";

/** What is said of a change that its coder has not handed in. */
export function unfinished({ title }: Pick<Ticket, "title">, why: string): Submission {
  return { title: title.slice(0, 120), what: "Unfinished work, kept so that it is not lost.", why };
}
