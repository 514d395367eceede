import type { AssistantMessage, Message } from "../domain/message.ts";
import { withNotes, withoutNotes } from "./notes.ts";
import { shortenArguments, shortenResult, weightOf } from "./shorten.ts";

/** In characters; about four of them make a token. */
export interface Limits {
  /** At least so much of the newest tool output and the newest big arguments stays. */
  readonly keep: number;
  /** Older ones are dropped when there is so much more: what follows the first of them is no longer in the provider's cache. */
  readonly free: number;
}

/**
 * The usual limits first, then those for a model that finds the conversation too long. Each holds no more than the one before
 * keeps, so that what was dropped stays dropped. Why the usual ones are what they are is in docs/performance.md, under `tokens`.
 */
export const limits = [
  { keep: 60_000, free: 120_000 },
  { keep: 30_000, free: 30_000 },
  { keep: 10_000, free: 10_000 },
  { keep: 0, free: 0 },
] as const satisfies readonly Limits[];

/** What a model is sent of a conversation. */
export interface Window {
  readonly messages: readonly Message[];
  /** So many of the oldest messages have lost their tool output and big arguments. */
  readonly cut: number;
}

/**
 * The window on a conversation: old tool output and old big arguments give way to a line each that says what they were. It follows
 * from the conversation alone, so that work that is taken up again sends what it would have sent. Dropped is in steps,
 * rarely: in between, the window only grows at its end. The newest answer and its results are always whole, calls keep their results,
 * and what people and the model itself said stays, until a summary stands for it.
 */
export function keepContext(conversation: readonly Message[], within: Limits): Window {
  const cut = cutOf(conversation, within);
  const messages = conversation.map((message, at) => (at < cut ? shorten(message, conversation[at - 1]) : message));
  return { messages, cut };
}

/** The cut of a conversation as it stands. */
export function cutOf(conversation: readonly Message[], within: Limits): number {
  const cut = followCut(within);
  for (const message of conversation) cut.add(message);
  return cut.at();
}

export interface Cut {
  /** So many of the oldest messages are cut. */
  at(): number;
  add(message: Message): void;
  /** The messages before this one are no longer there. */
  forget(before: number): void;
}

/** Goes along with a conversation as it grows: the cut of a turn stays until the next one that is worth it. */
export function followCut({ keep, free }: Limits): Cut {
  const weights: number[] = [];
  let [cut, held, answer] = [0, 0, 0];
  const weightAtCut = () => weights[cut] ?? 0;
  return {
    at: () => cut,
    add(message) {
      weights.push(weightOf(message));
      held += weights.at(-1) ?? 0;
      if (message.role === "assistant") answer = weights.length - 1;
      // A model is asked after its tools have answered, never between.
      else if (held > keep + free) {
        for (; cut < answer && held - weightAtCut() >= keep; cut += 1) held -= weightAtCut();
      }
    },
    forget(before) {
      for (; cut < before; cut += 1) held -= weightAtCut();
    },
  };
}

/** The message without what is dropped of it; the same object where that is nothing. */
export function shorten(message: Message, before: Message | undefined): Message {
  if (message.role === "user" || weightOf(message) === 0) return message;
  if (message.role === "tool") {
    const asked = before?.role === "assistant" ? before.content : [];
    const callOf = (id: string) => asked.find((part) => part.type === "tool_call" && part.id === id);
    // What Nightshift said is no output: it stays.
    const { notes = [] } = message;
    const results = withoutNotes(message).results.map((result) => shortenResult(result, callOf(result.callId)));
    return withNotes({ role: "tool", results }, notes);
  }
  return withoutEcho(message);
}

/** An echo is the whole answer in the provider's own form: where the answer is no longer whole, it has to go. */
function withoutEcho({ echo: _, ...message }: AssistantMessage): AssistantMessage {
  return { ...message, content: message.content.map(shortenArguments) };
}
