import { z } from "zod";

export const question = z.strictObject({
  question: z.string().min(1).max(2_000).describe("One question, clear to somebody who has not seen your work"),
  options: z
    .array(z.string().min(1).max(300))
    .max(6)
    .default([])
    .describe("The answers that you would know what to do with, where there are such"),
});
/** What an agent wants to know of the people whose repository it works in. */
export type Question = Readonly<z.infer<typeof question>>;

/** Whose words go on with the work: of those with write access, or of the author as well. */
export const answerers = ["writers", "author"] as const;

const common = {
  /** The step that waits. */
  step: z.string(),
  from: z.enum(answerers),
};
/** What a run that ended `waiting` wants people to say. */
export const asks = z.discriminatedUnion("kind", [
  /** `turn` of the step's conversation is the call that the answer goes to; 0 before there is one. */
  z.object({ kind: z.literal("question"), ...common, turn: z.number().int().nonnegative(), ...question.shape }),
  z.object({ kind: z.literal("approval"), ...common }),
]);
export type Asks = Readonly<z.infer<typeof asks>>;

/** What people said to that. */
export const answer = z.object({
  asks,
  /** Who said yes to it as it stands, by `/robot approve`. */
  approvedBy: z.string().nullable(),
  said: z.array(z.object({ by: z.string(), text: z.string() })),
});
export type Answer = Readonly<z.infer<typeof answer>>;
