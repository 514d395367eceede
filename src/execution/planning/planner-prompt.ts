import { renderPrompt } from "../../agent/render-prompt.ts";
import type { Plan } from "../../domain/plan.ts";
import { quoteUntrusted } from "../../domain/quote-untrusted.ts";
import { joinPrompts, type Prompt } from "../../domain/recording.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import type { Ticket } from "../../domain/ticket.ts";
import { type Oriented, ticketPrompts } from "../coding/coder-prompt.ts";
import { planLines } from "./plan-lines.ts";

/** A plan that people want to be another one, and their words, quoted. */
export interface TurnedDown {
  readonly plan: Plan;
  readonly replies: string;
}

export async function plannerPrompt({ workspace }: Pick<Sandbox, "workspace">): Promise<Prompt> {
  return await renderPrompt("planner", { workspace });
}

export async function plannerOpening(
  ticket: Ticket,
  ground: Oriented,
  before: TurnedDown | undefined,
): Promise<Prompt> {
  const task = await ticketPrompts(ticket, ground);
  if (before === undefined) return joinPrompts(task);
  const plan = quoteUntrusted("your earlier plan", planLines(before.plan).join("\n"));
  return joinPrompts([...task, await renderPrompt("replan", { plan, replies: before.replies })]);
}
