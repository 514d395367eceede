import type { Evidence, TestReport } from "../domain/evidence.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { readArtifact } from "../store/artifacts.ts";
import { type Checkout, checkOut, removeSandbox } from "./check-out.ts";
import type { CodedChange } from "./code.ts";
import { countTests } from "./count-tests.ts";
import { redefinedBy } from "./redefined-by.ts";
import { lastLines, setUp } from "./set-up.ts";
import type { WorkflowContext } from "./workflow.ts";

/**
 * The repository's own tests on the base and on the change, each in a clean sandbox that no agent has touched.
 * `null` when there is no test command. The command is the base's; what a change does to its
 * meaning (the scripts of a package.json, a Makefile) is told with it.
 */
export async function verify(context: WorkflowContext, work: CodedChange): Promise<Evidence> {
  const { factory, ticket, signal } = context;
  const { test } = work.commands;
  if (test === null) return null;
  const mirror = await factory.forge.mirror(ticket.repo, { signal });
  const bundle = await readArtifact(factory.db, work.change.bundle);
  const { baseSha, headSha } = work.change;
  const commands = { setup: work.commands.setup, test };
  const base = await testAt(context, "base", { mirror, sha: baseSha, purpose: "verify" }, commands);
  const redefined: string[] = [];
  const head = await testAt(
    context,
    "head",
    { mirror, sha: headSha, bundle, purpose: "verify" },
    commands,
    async (it) => {
      redefined.push(...(await redefinedBy(it, baseSha, signal)));
    },
  );
  return { base, head, redefined_by: redefined };
}

async function testAt(
  context: WorkflowContext,
  on: "base" | "head",
  checkout: Checkout,
  commands: { readonly setup: string | null; readonly test: string },
  /** Looks at the checkout before anything of the repository is run in it. */
  look: (sandbox: Sandbox) => Promise<void> = async () => undefined,
): Promise<TestReport> {
  const sandbox = await checkOut(context, checkout);
  try {
    await look(sandbox);
    const failure = await setUp(context, sandbox, commands.setup);
    const timeoutMs = context.factory.settings.sandbox.test_minutes * 60_000;
    const result =
      failure?.result ?? (await sandbox.run({ line: commands.test, timeoutMs }, { signal: context.signal }));
    const report: TestReport = {
      commit: checkout.sha,
      stage: failure === undefined ? "test" : "setup",
      command: failure?.command ?? commands.test,
      exit_code: result.exitCode,
      timed_out: result.timedOut,
      passed: failure === undefined && result.exitCode === 0,
      counts: failure === undefined ? countTests(result.output) : null,
      duration_ms: Math.round(result.durationMs),
      output_tail: lastLines(result.output, 40),
    };
    const { command, passed, counts, duration_ms: durationMs } = report;
    await context.tell({ type: "tests_finished", on, command, passed, counts, durationMs });
    return report;
  } finally {
    await removeSandbox(sandbox, context);
  }
}
