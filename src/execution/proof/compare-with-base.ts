import type { Check, TestReport } from "../../domain/evidence.ts";
import { inSandbox } from "../sandboxes/in-sandbox.ts";
import type { Ready } from "../sandboxes/ready-sandbox.ts";
import type { WorkflowContext } from "../workflow.ts";
import { putTests } from "./changed-tests.ts";
import type { Proof } from "./proof.ts";
import { runCheck } from "./run-check.ts";
import { runTests } from "./run-tests.ts";

interface Compared {
  readonly checks: readonly Check[];
  /** The base with the tests of the change. */
  readonly report: TestReport | null;
}

/** Looks at the base where a change raises questions that only it can answer: checks that fail, tests that the change brings. */
export async function compareWithBase(
  context: WorkflowContext,
  proof: Proof,
  { checks, tests }: { readonly checks: readonly Check[]; readonly tests: readonly string[] },
): Promise<Compared> {
  if (checks.every(({ head }) => head.passed) && tests.length === 0) return { checks, report: null };
  return await inSandbox(context, proof.at, async (ready) => ({
    checks: await withBase(context, ready, checks),
    report: tests.length === 0 ? null : await testsOnBase(context, proof, ready, tests),
  }));
}

async function withBase(
  context: WorkflowContext,
  { sandbox, failure }: Ready,
  checks: readonly Check[],
): Promise<readonly Check[]> {
  const compared: Check[] = [];
  for (const check of checks) {
    const asksBase = !check.head.passed && failure === undefined;
    compared.push(asksBase ? { ...check, base: await runCheck(context, sandbox, "base", check) } : check);
  }
  return compared;
}

async function testsOnBase(
  context: WorkflowContext,
  proof: Proof,
  ready: Ready,
  tests: readonly string[],
): Promise<TestReport> {
  await putTests(ready.sandbox, proof.bundle, tests, context.signal);
  return await runTests(
    context,
    ready,
    { ...proof, commit: proof.at.baseSha, baseSha: proof.at.baseSha },
    "base with tests",
  );
}
