import { z } from "zod";
import { testResult } from "./test-result.ts";

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
  /** Those that the runner named, the failed ones first; at most a thousand. */
  tests: z.array(testResult).optional(),
  duration_ms: z.number().nonnegative(),
  /** The beginning of what it printed, where the end does not hold it. */
  output_head: z.string().optional(),
  /** The end of what it printed. */
  output_tail: z.string(),
});
/** What a machine saw when it ran the repository's own tests on one commit. */
export type TestReport = Readonly<z.infer<typeof testReport>>;

export const checkNames = ["lint", "typecheck"] as const;

export const checkReport = z.strictObject({
  exit_code: z.number().int().nullable(),
  timed_out: z.boolean(),
  passed: z.boolean(),
  duration_ms: z.number().nonnegative(),
  output_tail: z.string(),
});
export type CheckReport = Readonly<z.infer<typeof checkReport>>;

const check = z.strictObject({
  name: z.enum(checkNames),
  command: z.string(),
  /** Looked at only where it fails with the change. */
  base: checkReport.nullable(),
  head: checkReport,
});
/** What another of the repository's own checks says of the change. */
export type Check = Readonly<z.infer<typeof check>>;

const failures = z.strictObject({
  /** Those that fail on the base as well, and of which the ticket says nothing. */
  known_red: z.array(testResult),
  /** Those that fail on the base as well and that the ticket names: they are what is to be mended, and count. */
  asked: z.array(testResult).optional(),
  /** Those that failed once and passed once, on the same commit. */
  flaky: z.array(testResult),
  /** Those that fail with the change only: these count against it. */
  broken: z.array(testResult),
});
/** The failed tests of a change, told apart. */
export type Failures = Readonly<z.infer<typeof failures>>;

const regression = z.strictObject({
  /** Files of tests that the change adds or alters: they were put onto the base. */
  files: z.array(z.string()),
  /** What came of it; `null` where there are none, or the change's own tests fail. */
  report: testReport.nullable(),
  /** At most fifty. */
  tests: z.array(
    z.strictObject({
      name: z.string(),
      file: z.string().optional(),
      suite: z.string().optional(),
      base: z.enum(["passed", "failed"]),
      head: z.literal("passed"),
    }),
  ),
  /** Something that fails without the change passes with it. */
  shown: z.boolean(),
});
/** Whether tests show the bug that a change mends: red on the base, green with it. */
export type Regression = Readonly<z.infer<typeof regression>>;

const gone = z.strictObject({
  /** At most a hundred, those that nothing explains first; none where the runner does not name what passes. */
  tests: z.array(z.strictObject({ name: z.string(), file: z.string().optional(), suite: z.string().optional() })),
  /** Further ones. */
  more: z.number().int().nonnegative(),
  /** How many of them no test that the change edits or deletes explains. */
  unexplained: z.number().int().nonnegative(),
});

export const evidence = z
  .strictObject({
    /** Whether nothing that was seen speaks against the change; as `head.passed` where it is not said. */
    passed: z.boolean().optional(),
    base: testReport,
    head: testReport,
    /** The change once more, where tests failed that may have failed by chance. */
    again: testReport.optional(),
    /** Only where tests fail with the change and are named. */
    failures: failures.optional(),
    /** Besides the tests: those that the repository has. */
    checks: z.array(check).optional(),
    /** Tests that ran on the base and do not run with the change. */
    gone: gone.optional(),
    /** Of a bug's change. */
    regression: regression.optional(),
    /** Files by which the change itself alters what the test command means: its green proves less. */
    redefined_by: z.array(z.string()),
  })
  .nullable();
/** Base and head beside each other; `null` when the repository has no test command, so that nothing was verified. */
export type Evidence = Readonly<z.infer<typeof evidence>>;
