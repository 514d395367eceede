import { z } from "zod";
import { message } from "./message.ts";

// What is longer is cut, not refused: a summary that is somewhat too long is worth more than none.
const text = (chars: number) => z.string().overwrite((whole) => whole.slice(0, chars).toWellFormed());
const list = (about: string) =>
  z
    .array(text(400))
    .default([])
    .overwrite((items) => items.slice(-20))
    .describe(about);

/**
 * What a model notes of the oldest turns of its conversation before they are no longer sent. Bounded, so that summaries of
 * summaries do not grow.
 */
export const conversationSummary = z.object({
  goal: text(1_500)
    .refine((goal) => goal.trim() !== "")
    .describe("What is wanted, with what was learnt about it since"),
  done: list("What is finished, the newest last"),
  open: list("What is left, the next step first"),
  state: list("Files that matter: path, what was found or changed there and why, names of functions"),
  tests: list("Commands that were run to check, and how they ended; what fails still and how"),
  decisions: list("What was decided and why; what was tried and did not work"),
});
export type ConversationSummary = Readonly<z.infer<typeof conversationSummary>>;

/** An attempt to replace the oldest turns of a conversation. It was paid, whatever came of it. */
export const recordedSummary = z.object({
  /** So many turns had been recorded. */
  after: z.number().int().positive(),
  /** `null` where none came of it. */
  made: z
    .object({
      /** The last turn that it stands for. */
      upTo: z.number().int().positive(),
      summary: conversationSummary,
      /** What the model is sent in the place of the turns. */
      text: z.string(),
    })
    .nullable(),
  costUsd: z.number(),
  /** Not there in what was recorded before it was kept. */
  asked: z
    .object({
      /** The last turn that the model was shown: the newest, or an earlier one where all of them were too long. */
      shownTo: z.number().int().positive(),
      /** What was said after that turn: the words that ask for a summary, the answer, and where it was none, that and the next. */
      messages: z.array(message),
    })
    .nullish(),
});
export type RecordedSummary = Readonly<z.infer<typeof recordedSummary>>;
