import { z } from "zod";

export const testCounts = z.strictObject({
  passed: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  skipped: z.number().int().nonnegative(),
});
export type TestCounts = Readonly<z.infer<typeof testCounts>>;

export const testReport = z.strictObject({
  commit: z.string(),
  /** How far it came: a repository whose set-up fails is not tested. */
  stage: z.enum(["setup", "test"]),
  command: z.string(),
  /** `null` when the command was killed. */
  exit_code: z.number().int().nullable(),
  timed_out: z.boolean(),
  passed: z.boolean(),
  /** Only where the runner prints them. */
  counts: testCounts.nullable(),
  duration_ms: z.number().nonnegative(),
  /** The beginning of what it printed, where the end does not hold it. */
  output_head: z.string().optional(),
  /** The end of what it printed. */
  output_tail: z.string(),
});
/** What a machine saw when it ran the repository's own tests on one commit. */
export type TestReport = Readonly<z.infer<typeof testReport>>;

export const evidence = z
  .strictObject({
    base: testReport,
    head: testReport,
    /** Files by which the change itself alters what the test command means: its green proves less. */
    redefined_by: z.array(z.string()),
  })
  .nullable();
/** Base and head beside each other; `null` when the repository has no test command, so that nothing was verified. */
export type Evidence = Readonly<z.infer<typeof evidence>>;
