import { renderPrompt } from "../../agent/render-prompt.ts";
import type { Evidence } from "../../domain/evidence.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import { joinPrompts, type Prompt } from "../../domain/recording.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import type { Ticket } from "../../domain/ticket.ts";
import type { PreparedGround } from "../ground.ts";
import { findNamed } from "../orient/find-named.ts";
import { instructionsOf } from "../orient/instructions.ts";
import { mapPrompt } from "../orient/map-prompt.ts";
import { withFiles } from "../orient/named-in.ts";
import { quoteTicket } from "../orient/quote-ticket.ts";
import { namedBy } from "../orient/read-ticket.ts";
import type { Planned } from "../planning/plan.ts";
import { planLines } from "../planning/plan-lines.ts";
import { isUnproven } from "../proof/red-as-before.ts";
import { checksOf } from "../proof/run-check.ts";
import { tellFailures } from "../proof/tell-failures.ts";
import { isGreen, isTested, type Round, type TestedRound } from "../round.ts";
import type { RepositoryCommands } from "../sandboxes/repository-commands.ts";
import { blocking, findingLine } from "../wording/guard-lines.ts";
import { roundLine } from "../wording/round-lines.ts";
import { saidInLine } from "../wording/said.ts";
import { begunPrompt } from "./begun-work.ts";

/** Who the coder is and how it works here. */
export async function coderPrompt(
  { workspace }: Pick<Sandbox, "workspace">,
  commands: RepositoryCommands,
  { online, askPeople }: { readonly online: boolean; readonly askPeople: boolean },
): Promise<Prompt> {
  const { setup, test } = commands;
  const others = checksOf(commands).map(({ command }) => ` \`${command}\` has to pass as well.`);
  const prepared = setup === null ? "Nothing was installed." : `\`${setup}\` has been run.`;
  return await renderPrompt("coder", {
    workspace,
    people: askPeople
      ? "You work alone. Where neither the ticket nor the code decides what is wanted, and a wrong guess would be a wrong change, ask with `ask_human` before you build on it; decide by yourself whatever you can."
      : "You work alone: nobody answers questions while you do.",
    test_command:
      test === null
        ? "this repository names no test command, so check your change as well as you can."
        : `run \`${test}\` and see it pass.${others.join("")}`,
    setup_note: `${prepared} ${online ? "The network is open." : "The network reaches package registries only."}`,
  });
}

/** The task, with what the repository asks of everybody as it stands on the base, and what is known of its files. */
export async function ticketPrompts(ticket: Ticket, ground: Oriented): Promise<readonly Prompt[]> {
  const { assessment, document } = ground.triaged;
  const quoted = quoteTicket(ticket);
  const named = withFiles(namedBy(ticket), document.context.filepaths);
  const survey = await ground.survey;
  const paths = findNamed(named, [...ground.files.hashes.keys()]);
  const task = await renderPrompt("ticket", {
    ticket_id: document.id,
    ticket_type: document.type,
    title: quoted.title,
    description: [quoted.description, ...criteriaOf(assessment), ...answersOf(ground)].join("\n\n"),
    instructions: await instructionsOf(ground.files, paths),
  });
  return [task, ...(survey === undefined ? [] : await mapPrompt(survey, named))];
}

function answersOf({ answers }: Oriented): readonly string[] {
  return answers === undefined ? [] : [`People were asked what it leaves open, and answered:\n${answers}`];
}

/** What the ticket says itself is not said twice. */
function criteriaOf(assessment: Oriented["triaged"]["assessment"]): readonly string[] {
  const criteria = assessment?.acceptance_criteria ?? [];
  if (criteria.length === 0) return [];
  const list = criteria.map((criterion) => `- ${criterion}`).join("\n");
  return [`It is done when:\n${quoteUntrusted("acceptance criteria", list)}`];
}

export type Oriented = Pick<PreparedGround, "files" | "survey" | "triaged" | "answers">;

/** The first words of a round: the ticket, and where earlier rounds have brought it. */
export async function openingPrompt(
  ticket: Ticket,
  ground: Oriented & Pick<PreparedGround, "begun">,
  rounds: readonly Round[],
  plan?: Planned,
): Promise<Prompt> {
  const { begun } = ground;
  // The same in all rounds comes first.
  const parts = [...(await ticketPrompts(ticket, ground))];
  if (plan !== undefined) parts.push(await plannedPrompt(plan));
  const last = rounds.at(-1);
  if (last === undefined && begun !== undefined) parts.push(await begunPrompt(begun));
  // A rule alone may have sent it back.
  const isRed = last !== undefined && isTested(last) && last.seen !== null && (!isGreen(last) || isUnproven(last.seen));
  if (isRed && last.decision?.next === "refine") parts.push(await refinePrompt(last));
  if (last?.decision?.next === "escalate") parts.push(await takeOverPrompt(last, last.decision.reason, rounds));
  if (last !== undefined && last.decision?.next !== "end") parts.push(...(await guardedPrompt(last)));
  return joinPrompts(parts);
}

async function guardedPrompt({ findings }: Round): Promise<readonly Prompt[]> {
  const lines = blocking(findings).map((finding) => `- ${findingLine(finding)}`);
  if (lines.length === 0) return [];
  return [await renderPrompt("guarded", { findings: quoteUntrusted("findings", lines.join("\n"), 8000) })];
}

async function plannedPrompt({ plan, approvedBy }: Planned): Promise<Prompt> {
  const standing = approvedBy === null ? "Follow it." : `It was approved by @${approvedBy}: follow it.`;
  return await renderPrompt("planned", { standing, plan: quoteUntrusted("plan", planLines(plan).join("\n")) });
}

async function refinePrompt({ work, seen }: TestedRound): Promise<Prompt> {
  const { what, why } = work.submission;
  return await renderPrompt(seen !== null && isUnproven(seen) ? "unproven" : "refine", {
    summary: quoteUntrusted("your summary", `${what}\n\n${why}`, 4000),
    failures: seen === null ? "" : tellFailures(seen),
  });
}

async function takeOverPrompt(last: Round, reason: string, rounds: readonly Round[]): Promise<Prompt> {
  const account = rounds.map((round, index) => `Round ${index + 1}: ${accountOf(round)}`).join("\n\n");
  return await renderPrompt("take-over", {
    reason: saidInLine(reason),
    account: quoteUntrusted("earlier rounds", account, 8000),
    tests: isTested(last) ? testsOf(last.seen) : "It holds no change yet.",
  });
}

function testsOf(seen: Evidence): string {
  if (seen === null) return "";
  if (isGreen({ seen })) return `\`${seen.head.command}\` passes with it, in a clean sandbox.`;
  return `This fails with it, in a clean sandbox:\n\n${tellFailures(seen)}`;
}

function accountOf(round: Round): string {
  const { work } = round;
  const words = work.status === "changed" ? `${work.submission.what}\n${work.submission.why}` : work.reason;
  return `${roundLine(round)}\n${words}`;
}
