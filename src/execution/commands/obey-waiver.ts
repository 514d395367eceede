import { z } from "zod";
import { mayMaintain, type Permission } from "../../domain/forge.ts";
import { type GuardFinding, type GuardRule, guardRules } from "../../domain/guard-finding.ts";
import { waivableBy } from "../../domain/waiver.ts";
import type { Enqueue } from "../../store/accept.ts";
import type { Asked } from "../../store/commands.ts";
import { findNewestRun } from "../../store/newest-run.ts";
import { once } from "../../store/once.ts";
import { hasLiveRun } from "../../store/runs.ts";
import type { Db, Tx } from "../../store/schema.ts";
import { lockTicketAt } from "../../store/tickets.ts";
import { waive } from "../../store/waive.ts";
import { listWaivers } from "../../store/waivers.ts";
import { bestOf, recordedRounds } from "../round.ts";
import { withWaived } from "../with-waived.ts";
import { saidInLine } from "../wording/said.ts";
import { ticketIs } from "../wording/ticket-is.ts";
import { insteadOf } from "../wording/waiver-lines.ts";

export interface Wanted {
  readonly rules: readonly string[];
  readonly reason: string | null;
  readonly permission: Permission;
  /** What is said where there is no ticket. */
  readonly noTicket: string;
}

const obeyed = z.object({ answer: z.string().nullable() });

/** Accepts what rules found in the ticket's change, all of it or, where one rule cannot be waived, nothing. @returns what is to be said. */
export async function obeyWaiver(asked: Asked, wanted: Wanted, db: Db, enqueue: Enqueue): Promise<string | undefined> {
  const { answer } = await once(db, asked.id, obeyed, async (tx) => ({
    answer: (await answerTo(tx, asked, wanted, enqueue)) ?? null,
  }));
  return answer ?? undefined;
}

async function answerTo(tx: Tx, asked: Asked, wanted: Wanted, enqueue: Enqueue): Promise<string | undefined> {
  const ticket = await lockTicketAt(tx, asked);
  if (ticket === undefined) return wanted.noTicket;
  if (await hasLiveRun(tx, ticket.id)) {
    return "nothing was waived, since a run is under way. Wait for its end: what rules hold against its change stands here then. If it is still there, give the same command again.";
  }
  const run = await findNewestRun(tx, ticket.id);
  // Said, and left lying while a run came to something else: nobody can have looked at that.
  if (run?.endedAt && asked.createdAt < run.endedAt) {
    return "a run has ended since that was said. Nothing was waived: look at what it came to, and say it again.";
  }
  const rounds = run === undefined ? [] : await recordedRounds(tx, run.id);
  // Taken up, it would go on with a coder whose workspace is gone, in place of publishing what people have seen.
  if (rounds.length > 0 && rounds.at(-1)?.decision?.next !== "end") {
    return "the newest run was ended before its work was. Nothing was waived; `/robot retry` begins once more.";
  }
  const best = bestOf(withWaived(rounds, await listWaivers(tx, ticket.id)));
  const told = best?.findings ?? [];
  const why = wanted.rules.flatMap((rule) => whyNot(rule, told, wanted.permission) ?? []);
  if (run === undefined || best === undefined || why.length > 0)
    return `${why.join(" ")} Nothing was waived. ${open(told)}`;
  const findings = told.filter(({ rule, severity }) => severity !== "note" && wanted.rules.includes(rule));
  const { headSha } = best.work.change;
  const isDone = await waive(tx, ticket, { asked, reason: wanted.reason, runId: run.id, headSha, findings }, enqueue);
  return isDone ? undefined : `nothing was waived, since ${ticketIs(ticket.state)}.`;
}

/** Why what this rule found cannot be waived; `undefined` when it can. */
function whyNot(word: string, told: readonly GuardFinding[], permission: Permission): string | undefined {
  const rule = guardRules.find((it) => it === word);
  if (rule === undefined) return `“${saidInLine(word)}” is no rule; a reason stands behind \`--\`.`;
  const own = told.filter((it) => it.rule === rule);
  if (!own.some(({ severity }) => severity !== "note")) {
    const by = own.find(({ waived }) => waived !== undefined)?.waived?.by;
    return by === undefined
      ? `There is nothing of \`${rule}\` to waive.`
      : `What \`${rule}\` found was waived by @${by} already.`;
  }
  switch (waivableBy[rule]) {
    case "nobody":
      return insteadOf(rule);
    case "maintainers":
      return mayMaintain(permission)
        ? undefined
        : `\`${rule}\` protects the repository itself, so it takes a person who may maintain it.`;
    case "writers":
      return undefined;
    default:
      return waivableBy[rule] satisfies never;
  }
}

/** What could be waived here. */
function open(told: readonly GuardFinding[]): string {
  const rules = new Map<GuardRule, number>();
  for (const { rule, severity } of told) {
    if (severity !== "note") rules.set(rule, (rules.get(rule) ?? 0) + 1);
  }
  if (rules.size === 0) return "No rule holds anything against the newest change.";
  const list = [...rules].map(([rule, count]) => `\`${rule}\`${count === 1 ? "" : ` (${count} times)`}`);
  return `Rules that hold something against the change: ${list.join(", ")}.`;
}
