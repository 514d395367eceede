import type { Check, TestReport } from "../../domain/evidence.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { inSandbox } from "../sandboxes/in-sandbox.ts";
import type { WorkflowContext } from "../workflow.ts";
import { changedTests } from "./changed-tests.ts";
import type { Proof } from "./proof.ts";
import { redefinedBy } from "./redefined-by.ts";
import { checksOf, runCheck } from "./run-check.ts";
import { runTests } from "./run-tests.ts";
import { mayBeFlaky } from "./tell-apart.ts";

interface Change {
  readonly head: TestReport;
  /** Once more, where some tests may have failed by chance. */
  readonly again: TestReport | undefined;
  /** Not compared with the base yet. */
  readonly checks: readonly Check[];
  /** Files of tests that it adds or alters. */
  readonly tests: readonly string[];
  readonly redefined: readonly string[];
}

/** What a clean sandbox shows of a change. */
export async function seeChange(context: WorkflowContext, proof: Proof, base: TestReport): Promise<Change> {
  const { work, at, bundle } = proof;
  const { baseSha, headSha } = work.change;
  let redefined: readonly string[] = [];
  let tests: readonly string[] = [];
  // Before anything of the repository is run in it.
  const inspect = async (sandbox: Sandbox) => {
    redefined = await redefinedBy(sandbox, baseSha, context.signal);
    tests = await changedTests(sandbox, baseSha, context.signal);
  };
  return await inSandbox(context, { ...at, sha: headSha, bundle, inspect }, async (ready) => {
    const tested = { ...proof, commit: headSha, baseSha };
    const head = await runTests(context, ready, tested, "head");
    const again = mayBeFlaky(base, head) ? await runTests(context, ready, tested, "head again") : undefined;
    const checks: Check[] = [];
    // After the tests, which must find the commit as it is: some linters mend what they find.
    for (const check of ready.failure === undefined ? checksOf(work.commands) : []) {
      checks.push({ ...check, base: null, head: await runCheck(context, ready.sandbox, "head", check) });
    }
    return { head, again, checks, tests, redefined };
  });
}
