import { z } from "zod";

export const testStatuses = ["passed", "failed", "skipped"] as const;

export const testResult = z.strictObject({
  /** With the groups that it stands in, like `a bill > is rounded`. */
  name: z.string(),
  /** The file, or the package or class where the runner names no file. */
  file: z.string().optional(),
  /** The package of a monorepo, or the project of a runner, where there are several. */
  suite: z.string().optional(),
  status: z.enum(testStatuses),
  /** Why it failed. */
  message: z.string().optional(),
  duration_ms: z.number().nonnegative().optional(),
});
/** One test, as its runner told of it. */
export type TestResult = Readonly<z.infer<typeof testResult>>;
