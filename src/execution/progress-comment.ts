import type { Outcome, Run } from "../domain/run.ts";
import { issueNumber } from "../domain/ticket.ts";
import { readSpending } from "../store/spending.ts";
import { spendingLines } from "./spending-lines.ts";
import type { WorkflowContext } from "./workflow.ts";

const phases = ["coding", "testing"] as const;
export type Phase = (typeof phases)[number];

const lines: Readonly<Record<Phase, string>> = {
  coding: "Coding in a sandbox",
  testing: "Running the repository's own tests on the base and on the change",
};

/** The one comment on the issue that is edited as the work goes on, so that nobody gets a mail for each step. */
export async function reportProgress({ factory, ticket, run }: WorkflowContext, at: Phase | Outcome): Promise<void> {
  const { budget } = factory.settings;
  const label = ticket.source === "github_issue" ? factory.settings.label : null;
  const spending =
    typeof at === "string" ? [] : spendingLines(await readSpending(factory.db, ticket.id), budget.ticket_usd);
  const body = progressBody(run, at, label, spending);
  await factory.forge.ensureComment(ticket.repo, issueNumber(ticket), "progress", body);
}

export function progressBody(
  { requestedBy: { login } }: Pick<Run, "requestedBy">,
  at: Phase | Outcome,
  label: string | null,
  spending: readonly string[] = [],
): string {
  if (typeof at === "string") return `Nightshift is working on this for @${login}.\n\n${checklist(at)}`;
  const spent = spending.length === 0 ? "" : `\n\n${spending.join("\n")}`;
  const again = label === null ? "ask for it again." : `remove the label \`${label}\` and add it again.`;
  switch (at.status) {
    case "succeeded":
      return `Done for @${login}: ${at.summary} is tested and ready to be reviewed.`;
    case "needs_human":
      return `This needs a person, @${login}.\n\n${at.reason}${spent}\n\nTo start over, ${again}`;
    case "waiting":
      return `Nightshift cannot go on with this yet, @${login}.\n\n${at.reason}\n\nWhen it is mended, ${again}`;
    case "failed":
      return `Nightshift could not finish this, @${login}.\n\n${at.reason}${spent}\n\nTo start over, ${again}`;
    case "cancelled":
      return `Cancelled: ${at.reason}`;
    default:
      return at satisfies never;
  }
}

function checklist(at: Phase): string {
  const reached = phases.indexOf(at);
  const boxes = phases.map((phase, index) => {
    const mark = index < reached ? "x" : " ";
    return `- [${mark}] ${lines[phase]}${index === reached ? " …" : ""}`;
  });
  return [...boxes, "- [ ] Pull request"].join("\n");
}
