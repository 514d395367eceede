import { z } from "zod";

const line = z.string().min(1).max(1_000);

/** What the planner hands in (`schemas/plan.schema.json`): what will be done, before anything is. */
export const plan = z.strictObject({
  goal: line.describe("What is true when the work is done, in a sentence or two"),
  steps: z
    .array(
      z.strictObject({
        what: line.describe("What is changed and how, precise enough to be followed"),
        files: z.array(z.string().min(1).max(300)).max(30).default([]).describe("The files that this is about"),
      }),
    )
    .min(1)
    .max(20),
  tests: z.array(line).max(20).default([]).describe("Tests to add, and what each of them promises"),
  risks: z.array(line).max(10).default([]).describe("What may go wrong or break for somebody"),
  questions: z.array(line).max(5).default([]).describe("What only people can decide"),
});
export type Plan = Readonly<z.infer<typeof plan>>;
