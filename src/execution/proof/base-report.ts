import { type TestReport, testReport } from "../../domain/evidence.ts";
import { inSandbox } from "../sandboxes/in-sandbox.ts";
import type { ReadyRequest } from "../sandboxes/ready-sandbox.ts";
import type { WorkflowContext } from "../workflow.ts";
import { runTests, type Tests } from "./run-tests.ts";

/** What the repository's own tests say without any change, in a clean sandbox: run once in a run, for whoever asks first. */
export async function baseReport(
  context: WorkflowContext,
  at: ReadyRequest,
  tests: Pick<Tests, "test" | "reports">,
): Promise<TestReport> {
  return await context.step("base tests", testReport, () =>
    inSandbox(context, at, (ready) =>
      runTests(context, ready, { ...tests, commit: at.baseSha, baseSha: at.baseSha }, "base"),
    ),
  );
}
