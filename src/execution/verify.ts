import type { Evidence, TestReport } from "../domain/evidence.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { readArtifact } from "../store/artifacts.ts";
import { removeSandbox } from "./check-out.ts";
import type { CodedChange } from "./coded.ts";
import { countTests } from "./count-tests.ts";
import { type ReadyRequest, readySandbox } from "./ready-sandbox.ts";
import { redefinedBy } from "./redefined-by.ts";
import { firstLines, lastLines } from "./set-up.ts";
import type { WorkflowContext } from "./workflow.ts";

const shownLines = 40;

/**
 * The repository's own tests on the base and on the change, each in a clean sandbox that no agent has touched.
 * A snapshot is as clean: it was kept before any agent began, and what differs in the change's lock files is set up on top.
 * `null` when there is no test command. What was seen of the base in a round before is not looked at again. The command is the base's; what a change does to its
 * meaning (the scripts of a package.json, a Makefile) is told with it.
 */
export async function verify(
  context: WorkflowContext,
  work: CodedChange,
  known: TestReport | undefined,
): Promise<Evidence> {
  const { factory, ticket, signal } = context;
  const { test } = work.commands;
  if (test === null) return null;
  const mirror = await factory.forge.mirror(ticket.repo, { signal });
  const bundle = await readArtifact(factory.db, work.change.bundle);
  const { baseSha, headSha } = work.change;
  const reader = context.run.requestedBy.login;
  const parts = await factory.forge.checkoutParts(mirror, { repo: ticket.repo, sha: baseSha, reader, signal });
  const at = { repo: ticket.repo, mirror, baseSha, parts, preparation: work.preparation, purpose: "verify" } as const;
  const redefined: string[] = [];
  // Before anything of the repository is run in it.
  const inspect = async (sandbox: Sandbox) => {
    redefined.splice(0, Number.POSITIVE_INFINITY, ...(await redefinedBy(sandbox, baseSha, signal)));
  };
  const base = known ?? (await testAt(context, "base", { ...at, sha: baseSha }, test));
  const head = await testAt(context, "head", { ...at, sha: headSha, bundle, inspect }, test);
  return { base, head, redefined_by: redefined };
}

async function testAt(
  context: WorkflowContext,
  on: "base" | "head",
  at: ReadyRequest,
  test: string,
): Promise<TestReport> {
  const { sandbox, failure } = await readySandbox(context, at);
  try {
    const timeoutMs = context.factory.settings.sandbox.test_minutes * 60_000;
    const result = failure?.result ?? (await sandbox.run({ line: test, timeoutMs }, { signal: context.signal }));
    const report: TestReport = {
      commit: at.sha,
      stage: failure === undefined ? "test" : "setup",
      command: failure?.command ?? test,
      exit_code: result.exitCode,
      timed_out: result.timedOut,
      passed: failure === undefined && result.exitCode === 0,
      counts: failure === undefined ? countTests(result.output) : null,
      duration_ms: Math.round(result.durationMs),
      ...beginningOf(result.output),
      output_tail: lastLines(result.output, shownLines),
    };
    const { command, passed, counts, duration_ms: durationMs } = report;
    await context.tell({ type: "tests_finished", on, command, passed, counts, durationMs });
    return report;
  } finally {
    await removeSandbox(sandbox, context);
  }
}

/** What its end leaves out: compilers begin with the cause. */
function beginningOf(output: string): Pick<TestReport, "output_head"> {
  const head = firstLines(output, shownLines);
  return head === "" ? {} : { output_head: head };
}
