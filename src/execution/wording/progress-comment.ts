import type { Asks } from "../../domain/asks.ts";
import type { PlanItem } from "../../domain/event.ts";
import type { Outcome, Run } from "../../domain/run.ts";
import { issueNumber } from "../../domain/ticket.ts";
import { readSpending } from "../../store/spending.ts";
import type { WorkflowContext } from "../workflow.ts";
import { saidInLine } from "./said.ts";
import { spendingLines } from "./spending-lines.ts";
import { waivedInRun } from "./waived-in-run.ts";

const phases = ["coding", "testing"] as const;
export type Phase = "planning" | (typeof phases)[number];

const lines: Readonly<Record<Phase, string>> = {
  planning: "Making a plan",
  coding: "Coding in a sandbox",
  testing: "Running the repository's own tests on the base and on the change",
};

/**
 * The one comment on the issue that is edited as the work goes on, so that nobody gets a mail for each step.
 * @param plan what the coder says of its own steps.
 */
export async function reportProgress(
  { factory, ticket, run }: WorkflowContext,
  at: Phase | Outcome,
  plan: readonly PlanItem[] = [],
): Promise<void> {
  const { budget } = factory.settings;
  const label = ticket.source === "github_issue" ? factory.settings.label : null;
  const spending =
    typeof at === "string" ? [] : spendingLines(await readSpending(factory.db, ticket.id), budget.ticket_usd);
  const issue = issueNumber(ticket);
  const asked =
    typeof at !== "string" && at.status === "waiting" && at.asks !== undefined
      ? // In a comment of its own: an edited one is told to nobody, and what was asked stays to be read.
        await factory.forge.ensureComment(ticket.repo, issue, `asked-${run.id}`, askedBody(run, at.asks, at.reason))
      : undefined;
  const waived = typeof at === "string" ? [] : await waivedInRun(factory.db, run);
  const body = [progressBody(run, at, label, spending, plan, asked?.url), ...waived].join("\n\n");
  await factory.forge.ensureComment(ticket.repo, issue, "progress", body);
}

export function progressBody(
  { requestedBy: { login } }: Pick<Run, "requestedBy">,
  at: Phase | Outcome,
  label: string | null,
  spending: readonly string[] = [],
  plan: readonly PlanItem[] = [],
  askedAt?: string,
): string {
  if (typeof at === "string") return `Nightshift is working on this for @${login}.\n\n${checklist(at, plan)}`;
  const spent = spending.length === 0 ? "" : `\n\n${spending.join("\n")}`;
  const again = label === null ? "ask for it again." : `remove the label \`${label}\` and add it again.`;
  switch (at.status) {
    case "succeeded":
      return `Done for @${login}: ${at.summary} is tested and ready to be reviewed.`;
    case "needs_human":
      return `This needs a person, @${login}.\n\n${at.reason}${spent}\n\nTo start over, ${again}`;
    case "waiting":
      if (askedAt !== undefined) {
        const what = at.asks?.kind === "approval" ? "its plan to be approved" : "an answer";
        return `Nightshift waits for ${what}, @${login}: ${askedAt}${spent}`;
      }
      return `Nightshift cannot go on with this yet, @${login}.\n\n${at.reason}\n\nWhen it is mended, ${again}`;
    case "failed":
      return `Nightshift could not finish this, @${login}.\n\n${at.reason}${spent}\n\nTo start over, ${again}`;
    case "cancelled":
      return `Cancelled: ${at.reason}\n\nTo start over, comment \`/robot retry\`.`;
    default:
      return at satisfies never;
  }
}

/** What people are asked, and how they answer. */
export function askedBody({ requestedBy: { login } }: Pick<Run, "requestedBy">, asks: Asks, text: string): string {
  const who = asks.from === "author" ? "The issue's author and people with write access" : "People with write access";
  switch (asks.kind) {
    case "question":
      return `Nightshift has a question before it can go on, @${login}.\n\n${text}\n\n${who} answer in a comment here; the work goes on from where it stands.`;
    case "approval":
      return `Nightshift has a plan for this, @${login}.\n\n${text}\n\nComment \`/robot approve\` to have it done. ${who} may say in a comment what should be different, and another plan is made.`;
    default:
      return asks satisfies never;
  }
}

function checklist(at: Phase, plan: readonly PlanItem[]): string {
  const shown: readonly Phase[] = at === "planning" ? ["planning", ...phases] : phases;
  const reached = shown.indexOf(at);
  const boxes = shown.flatMap((phase, index) => {
    const mark = index < reached ? "x" : " ";
    const own = phase === "coding" ? plan.map(planLine) : [];
    return [`- [${mark}] ${lines[phase]}${index === reached ? " …" : ""}`, ...own];
  });
  return [...boxes, "- [ ] Pull request"].join("\n");
}

function planLine({ text, status }: PlanItem): string {
  return `  - [${status === "done" ? "x" : " "}] ${saidInLine(text)}${status === "doing" ? " …" : ""}`;
}
