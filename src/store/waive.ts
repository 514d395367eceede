import type { GuardFinding } from "../domain/guard-finding.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { Enqueue } from "./accept.ts";
import type { Asked } from "./commands.ts";
import { appendEvents } from "./events.ts";
import { getRun } from "./runs.ts";
import type { Tx } from "./schema.ts";
import { startRun } from "./start-run.ts";
import { takeUp } from "./waiting.ts";
import { insertWaivers } from "./waivers.ts";

/**
 * Writes down that a person accepts these findings, and starts a run that takes up what the ended one has done: it publishes anew, and
 * asks no model. `false` where the ticket's state allows none; nothing is written then.
 */
export async function waive(
  tx: Tx,
  ticket: Ticket,
  { asked, reason, runId, headSha, findings }: Waive,
  enqueue: Enqueue,
): Promise<boolean> {
  const { goesOn } = await getRun(tx, runId);
  const fill = (next: string) => takeUp(tx, runId, next);
  const started = await startRun(tx, ticket, { by: asked.by, goesOn, fill }, enqueue);
  if (started === undefined) return false;
  await insertWaivers(tx, ticket.id, findings, { headSha, by: asked.by, reason });
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  await appendEvents(tx, { ticketId: ticket.id, runId: started }, [
    { type: "waived", by: asked.by.login, rules, findings: findings.length, reason },
  ]);
  return true;
}

export interface Waive {
  readonly asked: Asked;
  readonly reason: string | null;
  /** The run whose work it is about. */
  readonly runId: string;
  /** Its change. */
  readonly headSha: string;
  readonly findings: readonly GuardFinding[];
}
