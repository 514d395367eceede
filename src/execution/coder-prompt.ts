import { renderPrompt } from "../agent/render-prompt.ts";
import type { ReadText } from "../domain/committed-files.ts";
import type { Evidence, TestReport } from "../domain/evidence.ts";
import { quoteUntrusted } from "../domain/quote-untrusted.ts";
import { joinPrompts, type Prompt } from "../domain/recording.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { type Ticket, toDocument } from "../domain/ticket.ts";
import { begunPrompt } from "./begun-work.ts";
import type { PreparedGround } from "./ground.ts";
import type { Planned } from "./plan.ts";
import { planLines } from "./plan-lines.ts";
import type { RepositoryCommands } from "./repository-commands.ts";
import { isTested, type Round, type TestedRound } from "./round.ts";
import { roundLine } from "./round-lines.ts";
import { saidInLine } from "./said.ts";

/** Who the coder is and how it works here. */
export async function coderPrompt(
  { workspace }: Pick<Sandbox, "workspace">,
  { setup, test }: RepositoryCommands,
  { online, askPeople }: { readonly online: boolean; readonly askPeople: boolean },
): Promise<Prompt> {
  const prepared = setup === null ? "Nothing was installed." : `\`${setup}\` has been run.`;
  return await renderPrompt("coder", {
    workspace,
    people: askPeople
      ? "You work alone. Where neither the ticket nor the code decides what is wanted, and a wrong guess would be a wrong change, ask with `ask_human` before you build on it; decide by yourself whatever you can."
      : "You work alone: nobody answers questions while you do.",
    test_command:
      test === null
        ? "this repository names no test command, so check your change as well as you can."
        : `run \`${test}\` and see it pass.`,
    setup_note: `${prepared} ${online ? "The network is open." : "The network reaches package registries only."}`,
  });
}

/** The task, with what the repository asks of everybody as it stands on the base. */
export async function ticketPrompt(ticket: Ticket, read: ReadText): Promise<Prompt> {
  return await renderPrompt("ticket", {
    ticket_id: toDocument(ticket).id,
    ticket_type: ticket.type,
    title: quoteUntrusted("issue title", ticket.title, 500),
    description: quoteUntrusted("issue", ticket.body),
    instructions: await instructions(read),
  });
}

/** The first words of a round: the ticket, and where earlier rounds have brought it. */
export async function openingPrompt(
  ticket: Ticket,
  { read, begun }: Pick<PreparedGround, "read" | "begun">,
  rounds: readonly Round[],
  plan?: Planned,
): Promise<Prompt> {
  const parts = [await ticketPrompt(ticket, read)];
  if (plan !== undefined) parts.push(await plannedPrompt(plan));
  const last = rounds.at(-1);
  if (last === undefined && begun !== undefined) parts.push(await begunPrompt(begun));
  if (last?.decision?.next === "refine" && isTested(last)) parts.push(await refinePrompt(last));
  if (last?.decision?.next === "escalate") parts.push(await takeOverPrompt(last, last.decision.reason, rounds));
  return joinPrompts(parts);
}

async function plannedPrompt({ plan, approvedBy }: Planned): Promise<Prompt> {
  const standing = approvedBy === null ? "Follow it." : `It was approved by @${approvedBy}: follow it.`;
  return await renderPrompt("planned", { standing, plan: quoteUntrusted("plan", planLines(plan).join("\n")) });
}

async function refinePrompt({ work, seen }: TestedRound): Promise<Prompt> {
  const { what, why } = work.submission;
  return await renderPrompt("refine", {
    summary: quoteUntrusted("your summary", `${what}\n\n${why}`, 4000),
    command: seen?.head.command ?? "",
    output: seen === null ? "" : outputOf(seen.head),
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
  if (seen.head.passed) return `\`${seen.head.command}\` passes with it, in a clean sandbox.`;
  return `\`${seen.head.command}\` fails with it, in a clean sandbox:\n${outputOf(seen.head)}`;
}

/** Bounded: the evidence holds no more of it. */
function outputOf({ output_head, output_tail }: TestReport): string {
  const parts = output_head === undefined ? [output_tail] : [output_head, "[…]", output_tail];
  return quoteUntrusted("test output", parts.join("\n"));
}

function accountOf(round: Round): string {
  const { work } = round;
  const words = work.status === "changed" ? `${work.submission.what}\n${work.submission.why}` : work.reason;
  return `${roundLine(round)}\n${words}`;
}

async function instructions(read: ReadText): Promise<string> {
  for (const name of ["AGENTS.md", "CLAUDE.md"]) {
    const text = await read(name);
    if (text !== undefined)
      return `The repository's maintainers ask of everybody who changes it:\n${quoteUntrusted(name, text)}`;
  }
  return "";
}
