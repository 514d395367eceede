import type { Forge } from "../domain/forge.ts";
import type { Outcome, Run } from "../domain/run.ts";
import { issueNumber, type Ticket } from "../domain/ticket.ts";
import type { WorkflowContext } from "./workflow.ts";

const phases = ["admitted", "coding", "testing"] as const;
export type Phase = (typeof phases)[number];

const lines: Readonly<Record<Phase, string>> = {
  admitted: "Admitted",
  coding: "Coding in a sandbox",
  testing: "Running the repository's tests on base and change",
};

/** The one comment on the issue that is edited as the work goes on, so that nobody gets a mail for each step. */
export async function reportProgress(
  {
    factory,
    ticket,
    run,
  }: Pick<WorkflowContext, "ticket" | "run"> & {
    readonly factory: { readonly forge: Forge; readonly settings: { readonly label: string } };
  },
  at: Phase | Outcome,
): Promise<void> {
  await factory.forge.ensureComment(
    ticket.repo,
    issueNumber(ticket),
    "progress",
    progressBody(ticket, run, at, factory.settings.label),
  );
}

export function progressBody(ticket: Ticket, run: Run, at: Phase | Outcome, label: string): string {
  if (typeof at === "string") {
    const reached = phases.indexOf(at);
    const list = phases.map(
      (phase, index) =>
        `- [${index < reached || phase === "admitted" ? "x" : " "}] ${lines[phase]}${index === reached && phase !== "admitted" ? " …" : ""}`,
    );
    return [`Nightshift is working on this for @${run.requestedBy.login}.`, "", ...list, "- [ ] Pull request"].join(
      "\n",
    );
  }
  const again = `To start again, remove the label \`${label}\` and add it again.`;
  switch (at.status) {
    case "succeeded":
      return `Done for @${run.requestedBy.login}: ${at.summary} is tested and ready to be reviewed.`;
    case "needs_human":
      return `This needs a person, @${run.requestedBy.login}.\n\n${at.reason}\n\n${again}`;
    case "waiting":
      return `Nightshift cannot go on with this yet, @${run.requestedBy.login}.\n\n${at.reason}\n\nWhen it is mended: ${again[0]?.toLowerCase()}${again.slice(1)}`;
    case "failed":
      return `Nightshift could not finish this (${ticket.type}), @${run.requestedBy.login}.\n\n${at.reason}\n\n${again}`;
    case "cancelled":
      return `Cancelled: ${at.reason}`;
    default:
      return at satisfies never;
  }
}
