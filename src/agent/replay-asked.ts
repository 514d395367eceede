import type { z } from "zod";
import { NightshiftError } from "../domain/errors.ts";
import type { RecordedConversation } from "../domain/recording.ts";
import type { Redact } from "../domain/redact.ts";
import { askFor } from "./ask-for.ts";
import { type Differing, foundDifferences } from "./found-differences.ts";
import { comparer } from "./replay-diff.ts";
import { recordingEnds } from "./replayed-tools.ts";
import { sentMessages } from "./sent-messages.ts";

/**
 * Asks for data again, with today's prompts and schema, as a recorded conversation did, and says where it would be asked otherwise.
 * The answers are the recorded ones.
 */
export async function replayAsked(
  conversation: RecordedConversation,
  schema: z.ZodType,
  redact: Redact,
): Promise<readonly Differing[]> {
  const { opening, turns } = conversation;
  const [first] = turns;
  if (first === undefined) return [];
  const { found, note, renewed } = foundDifferences(redact);
  const { prompts, models, maxOutputTokens } = first.head;
  const system = await renewed("system prompt", first.head.system, prompts.system);
  const text = await renewed("opening", opening.text, prompts.opening);

  const compare = comparer(redact);
  const sent = sentMessages(conversation);
  let at = 0;
  const route = {
    models: [models[0] ?? "unknown", ...models.slice(1)],
    async complete(request) {
      const [turn, recorded] = [turns[at], sent[at]];
      if (turn === undefined || recorded === undefined) throw recordingEnds();
      note(turn.n, compare({ head: turn.head, ...recorded }, request));
      at += 1;
      return { reply: turn.reply, costUsd: turn.costUsd };
    },
  } satisfies Parameters<typeof askFor>[0];
  const request = { system, messages: [{ ...opening, text }], tools: [], maxOutputTokens };
  const { signal } = new AbortController();
  try {
    const { status } = await askFor(route, request, schema, { signal });
    if (at < turns.length) {
      note(at + 1, [{ part: "answer", recorded: ["asked for again"], today: [`${status} before this turn`] }]);
    }
  } catch (error) {
    if (!(error instanceof NightshiftError)) throw error;
    // Where it was turned down then as well, the next call had no answer.
    if (turns.at(-1)?.results !== undefined) return found;
    note(at, [{ part: "answer", recorded: ["taken"], today: ["asked for again"] }]);
  }
  return found;
}
