import type { Asks } from "../../domain/asks.ts";
import { NightshiftError } from "../../domain/errors.ts";
import { mayWrite } from "../../domain/forge.ts";
import type { Enqueue } from "../../store/accept.ts";
import { type Asked, listReplies, markAnswered } from "../../store/commands.ts";
import { once } from "../../store/once.ts";
import { findWaiting, goneOn, goOn } from "../../store/waiting.ts";
import type { Factory } from "../workflow.ts";

type Means = Pick<Factory, "db" | "forge">;

/**
 * Takes what people have said on a ticket that waits for it as their answer, all of it together: called for each of their comments a
 * while after it, it leaves them to the newest. Who has no say is not heard, and not answered either: it may be the
 * ordinary talk on an issue.
 */
export async function takeReplies(asked: Asked, { db, forge }: Means, enqueue: Enqueue): Promise<void> {
  const waiting = await findWaiting(db, asked);
  if (waiting === undefined) return await markAnswered(db, asked.id);
  if (!waiting.ended) throw notToldYet();
  const heard: Asked[] = [];
  for (const reply of await listReplies(db, waiting.ticketId)) {
    if (await hasSay(reply, waiting.asks, forge)) heard.push(reply);
    else await markAnswered(db, reply.id);
  }
  if (heard.at(-1)?.id !== asked.id) return;

  const words = heard.flatMap(({ by, command }) =>
    command.verb === "reply" ? [{ by: by.login, text: command.text }] : [],
  );
  const answer = { asks: waiting.asks, approvedBy: null, said: words };
  const { status } = await once(db, asked.id, goneOn, async (tx) => {
    const gone = await goOn(tx, { at: asked, runId: waiting.runId, heard: answer }, enqueue);
    // Together: what is left over would be taken as words to the next question.
    for (const { id } of heard) await markAnswered(tx, id);
    return gone;
  });
  if (status !== "started") return;
  for (const { repo, comment } of heard) await forge.ensureCommentReaction(repo, comment, "+1");
}

/** The run that asks ends when it has told so: somebody who is as quick as that is heard a little later. */
export function notToldYet(): NightshiftError {
  return new NightshiftError("forge_unavailable", "What people were asked is not told yet.", { retryable: true });
}

async function hasSay({ repo, by, command }: Asked, { from }: Asks, forge: Means["forge"]): Promise<boolean> {
  if (from === "author" && command.verb === "reply" && command.byAuthor) return true;
  return mayWrite(await forge.permission(repo, by.login));
}
