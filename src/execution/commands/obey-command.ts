import { usage } from "../../domain/command.ts";
import { mayWrite, type Permission } from "../../domain/forge.ts";
import { fullName } from "../../domain/repository.ts";
import type { Enqueue } from "../../store/accept.ts";
import { type Asked, findUnanswered, markAnswered } from "../../store/commands.ts";
import { once } from "../../store/once.ts";
import { setBudget } from "../../store/set-budget.ts";
import { stopTicket } from "../../store/stop-ticket.ts";
import { findWaiting, goneOn, goOn } from "../../store/waiting.ts";
import { saidInLine } from "../wording/said.ts";
import { ticketIs } from "../wording/ticket-is.ts";
import type { Factory } from "../workflow.ts";
import { obeyRetry } from "./obey-retry.ts";
import { obeyWaiver } from "./obey-waiver.ts";
import { notToldYet, takeReplies } from "./take-replies.ts";

type Means = Pick<Factory, "db" | "forge" | "settings" | "parseRepositorySettings">;

/**
 * Does what a person with write access has told us by a comment, and shows on the comment that it is done: by 👍, or by an
 * answer where there is more to say. May be called again with the same effect.
 */
export async function obeyCommand(commandId: string, means: Means, enqueue: Enqueue): Promise<void> {
  const { db, forge } = means;
  const asked = await findUnanswered(db, commandId);
  if (asked === undefined) return;
  if (asked.command.verb === "reply") return await takeReplies(asked, means, enqueue);
  const { repo, number, comment, by } = asked;

  const permission = await forge.permission(repo, by.login);
  if (!mayWrite(permission)) {
    // One for all strangers: nobody can make us fill an issue.
    const body = `Thank you, @${by.login}. Commands to the robot take write access to ${fullName(repo)}; nothing was done.`;
    await forge.ensureComment(repo, number, "refused-command", body);
  } else {
    const answer = await obey(asked, permission, means, enqueue);
    if (answer === undefined) await forge.ensureCommentReaction(repo, comment, "+1");
    else await forge.ensureComment(repo, number, `answer-${comment}`, `@${by.login}: ${answer}`);
  }
  await markAnswered(db, commandId);
}

/** What has to be said about it; `undefined` when it is simply done. */
async function obey(
  asked: Asked,
  permission: Permission,
  { db, settings, ...means }: Means,
  enqueue: Enqueue,
): Promise<string | undefined> {
  const { command } = asked;
  const noTicket = `there is no ticket here yet. The label \`${settings.label}\` on an issue makes one.`;
  switch (command.verb) {
    case "budget":
      return await obeyBudget(asked, command.usd, { db, settings }, enqueue);
    case "approve":
      return await obeyApproval(asked, db, enqueue);
    case "waive":
      return await obeyWaiver(asked, { ...command, permission, noTicket }, db, enqueue);
    case "stop": {
      const stopped = await stopTicket(db, asked, enqueue);
      if (stopped.status === "no_ticket") return noTicket;
      return stopped.status === "over" ? `there is nothing to stop: ${ticketIs(stopped.state)}.` : undefined;
    }
    case "retry":
      return await obeyRetry(asked, noTicket, { db, ...means }, enqueue);
    case "reply":
      return undefined;
    case "unknown": {
      const said = command.said === "" ? "nothing" : `“${saidInLine(command.said)}”`;
      return `the robot was told ${said} and does not understand it. It knows: ${usage}.`;
    }
    default:
      return command satisfies never;
  }
}

async function obeyApproval(asked: Asked, db: Means["db"], enqueue: Enqueue): Promise<string | undefined> {
  const waiting = await findWaiting(db, asked);
  if (waiting?.ended === false) throw notToldYet();
  const { status } = await once(db, asked.id, goneOn, async (tx) => {
    if (waiting?.asks.kind !== "approval") return { status: "not_waiting" };
    const heard = { asks: waiting.asks, approvedBy: asked.by.login, said: [] };
    return await goOn(tx, { at: asked, runId: waiting.runId, heard }, enqueue);
  });
  if (status === "started") return undefined;
  return waiting?.asks.kind === "question"
    ? "there is a question here, and no plan. Answer it in a comment."
    : "there is no plan here that waits to be approved.";
}

async function obeyBudget(
  asked: Asked,
  usd: number,
  { db, settings: { budget, label } }: Pick<Means, "db" | "settings">,
  enqueue: Enqueue,
): Promise<string | undefined> {
  const max = budget.ticket_max_usd;
  if (usd > max) {
    return `a ticket may cost $${max.toFixed(2)} at most, so its budget stays as it was. The operator can raise \`budget.ticket_max_usd\` in nightshift.yaml.`;
  }
  const outcome = await setBudget(db, asked, usd, enqueue);
  const set = `the budget of this ticket is $${usd.toFixed(2)} now`;
  switch (outcome.status) {
    case "started":
    case "under_way":
      return undefined;
    case "used_up":
      return `${set}, and $${outcome.spentUsd.toFixed(4)} of it is spent, so nothing was started. Give it more to go on.`;
    case "not_stopped":
      return `${set}. Nothing was started, since ${ticketIs(outcome.state)}.`;
    case "no_ticket":
      return `there is no ticket here yet. The label \`${label}\` on an issue makes one.`;
    default:
      return outcome satisfies never;
  }
}
