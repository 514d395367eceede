import type { Submission } from "../../agent/tools/submit.ts";
import { issueNumber, type Person, type Ticket } from "../../domain/ticket.ts";
import { defuse } from "./said.ts";

const prefixes = { bug: "fix", feature: "feat", chore: "chore" } as const satisfies Record<Ticket["type"], string>;

/** The pull request's title and the commit's first line: `fix: Round half cents up`. */
export function changeTitle(ticket: Ticket, submission: Submission): string {
  const words = firstLine(submission.title) || firstLine(ticket.title) || `Solve #${issueNumber(ticket)}`;
  return `${prefixes[ticket.type]}: ${words}`;
}

function firstLine(title: string): string {
  return defuse(title.slice(0, 120))
    .replaceAll(/\s+/g, " ")
    .replace(/^(fix|feat|chore)(\([^)]*\))?!?:\s*/i, "");
}

/** One commit, with the person who asked for it as its co-author. */
export function commitMessage(ticket: Ticket, submission: Submission, person: Person, email: string): string {
  return [
    changeTitle(ticket, submission),
    "",
    defuse(submission.why),
    "",
    ...(ticket.source === "github_issue" ? [`Refs: #${issueNumber(ticket)}`] : []),
    `Co-authored-by: ${person.login} <${email}>`,
    "",
  ].join("\n");
}
