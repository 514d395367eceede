import { z } from "zod";
import { checkNames, checkReport, testReport } from "./evidence.ts";
import { testStatuses } from "./test-result.ts";

/** What a test says of a change. */
export const verdicts = [
  /** Red with the change and not on the base. */
  "broken",
  /** Red on both, and the ticket names it. */
  "asked",
  /** Red on the base, green with the change. */
  "mended",
  /** Red once and green once with the change. */
  "flaky",
  /** Red on both, and nobody's concern here. */
  "known_red",
  /** Brought by the change, and green on the base as well. */
  "new",
] as const;
export type Verdict = (typeof verdicts)[number];

const comparedTest = z.strictObject({
  name: z.string(),
  file: z.string().optional(),
  /** The package of a monorepo, or the project of a runner, where there are several. */
  suite: z.string().optional(),
  /** `null` where the runner does not name it there: many name only what fails. With the change's own version of the test, where that was run. */
  base: z.enum(testStatuses).nullable(),
  head: z.enum(testStatuses).nullable(),
  /** `null` where it says nothing new. */
  verdict: z.enum(verdicts).nullable(),
  /** Why it failed: with the change, else on the base. */
  message: z.string().optional(),
  /** With the change, else on the base. */
  duration_ms: z.number().nonnegative().optional(),
});
/** One test, seen without a change and with it. */
export type ComparedTest = Readonly<z.infer<typeof comparedTest>>;

const run = testReport.omit({ tests: true, output_head: true, output_tail: true }).extend({
  on: z.enum(["base", "base with tests", "head", "head again"]),
});
const check = z.strictObject({
  name: z.enum(checkNames),
  command: z.string(),
  /** Looked at only where it fails with the change. */
  base: checkReport.omit({ output_tail: true }).nullable(),
  head: checkReport.omit({ output_tail: true }),
});

/** What was seen of a change without it and with it, test by test (`test_report.json`, `schemas/test-report.schema.json`). */
export const comparison = z.strictObject({
  /** Whether nothing that was seen speaks against the change. */
  passed: z.boolean(),
  /** Each run of the test command, with how many tests it counted in all. */
  runs: z.array(run),
  checks: z.array(check),
  /** At most a thousand, those with a verdict first. */
  tests: z.array(comparedTest),
  /** Further tests that are known by name. The runs' counts hold all there were. */
  tests_left_out: z.number().int().nonnegative(),
  /** Files by which the change itself alters what the test command means. */
  redefined_by: z.array(z.string()),
});
export type Comparison = Readonly<z.infer<typeof comparison>>;
