import type { Message } from "../domain/message.ts";
import type { RecordedConversation } from "../domain/recording.ts";

/** What was sent in a turn. */
export interface SentMessages {
  readonly messages: readonly Message[];
  /** So many of the oldest turns a summary stood for. */
  readonly upTo: number;
}

/** The messages of each recorded request: the conversation so far, with what had been shortened or summarised until then. */
export function sentMessages({ opening, turns, summaries = [] }: RecordedConversation): readonly SentMessages[] {
  let messages: readonly Message[] = [opening];
  return turns.map(({ n, asked, reply, results }) => {
    const shortened = new Map(asked.shortened);
    const all = messages.map((message, at) => shortened.get(at) ?? message);
    messages = [...all, reply, ...(results === undefined ? [] : [results])];
    const made = summaries.findLast(({ after, made: it }) => after < n && it !== null)?.made;
    if (!made) return { messages: all, upTo: 0 };
    const first = { ...opening, text: `${opening.text}\n\n${made.text}` };
    return { messages: [first, ...all.slice(2 * made.upTo + 1)], upTo: made.upTo };
  });
}
