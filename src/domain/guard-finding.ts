import { z } from "zod";

/** What a change is looked through for, before it is published. */
export const guardRules = [
  "deleted-tests",
  "skipped-tests",
  "weakened-tests",
  "test-detection",
  "suppressions",
  "loosened-checks",
  "workflows",
  "hidden-text",
  "protected-paths",
  "robot-files",
  "secrets",
  "size",
  "stray-files",
  "unrelated",
  "licence-headers",
] as const;
export type GuardRule = (typeof guardRules)[number];

/** `blocks` goes back to the coder once and else makes a draft, `draft` makes one at once, `note` is told and no more. */
export const guardSeverities = ["blocks", "draft", "note"] as const;

export const guardFinding = z.strictObject({
  rule: z.enum(guardRules),
  severity: z.enum(guardSeverities),
  file: z.string(),
  /** In the file as the change leaves it; `null` where it is about the whole file, or about what is gone. */
  line: z.number().int().positive().nullable(),
  /** What is wrong, as a clause without its place. */
  text: z.string(),
  /** Who has said that it is right so, why, and on which day. */
  waived: z.strictObject({ by: z.string(), reason: z.string().nullable(), on: z.string() }).optional(),
});
/** What a rule found in a change. */
export type GuardFinding = Readonly<z.infer<typeof guardFinding>>;
