import type { RunEvent } from "../../domain/event.ts";
import type { TestReport } from "../../domain/evidence.ts";
import type { CommandResult, Sandbox } from "../../domain/sandbox.ts";
import type { Ready } from "../sandboxes/ready-sandbox.ts";
import { firstLines, lastLines } from "../sandboxes/set-up.ts";
import type { WorkflowContext } from "../workflow.ts";
import { watchReports } from "./collect-reports.ts";
import { readTestResults, type TestResults } from "./test-results/read-test-results.ts";

type TestedOn = Extract<RunEvent, { type: "tests_finished" }>["on"];
/** What is run, and on which commit. */
export interface Tests {
  readonly commit: string;
  readonly baseSha: string;
  readonly test: string;
  /** Patterns of the reports that it leaves, where people name them. */
  readonly reports: readonly string[] | undefined;
}

const shownLines = 40;

/** Runs the repository's tests once, in a sandbox that is ready for it, and tells what came of it. */
export async function runTests(
  context: WorkflowContext,
  { sandbox, failure }: Ready,
  of: Tests,
  on: TestedOn,
): Promise<TestReport> {
  const { result, tests, counts } =
    failure === undefined ? await tested(context, sandbox, of) : { result: failure.result, tests: [], counts: null };
  const report: TestReport = {
    commit: of.commit,
    stage: failure === undefined ? "test" : "setup",
    command: failure?.command ?? of.test,
    exit_code: result.exitCode,
    timed_out: result.timedOut,
    passed: failure === undefined && result.exitCode === 0,
    counts,
    ...(tests.length > 0 && { tests: [...tests] }),
    duration_ms: Math.round(result.durationMs),
    ...beginningOf(result.output),
    output_tail: lastLines(result.output, shownLines),
  };
  const { command, passed, duration_ms: durationMs } = report;
  await context.tell({ type: "tests_finished", on, command, passed, counts, durationMs });
  return report;
}

async function tested(
  { factory, signal }: WorkflowContext,
  sandbox: Sandbox,
  { test, reports, baseSha }: Tests,
): Promise<TestResults & { readonly result: CommandResult }> {
  const written = await watchReports(sandbox, { baseSha, patterns: reports }, signal);
  const timeoutMs = factory.settings.sandbox.test_minutes * 60_000;
  const result = await sandbox.run({ line: test, timeoutMs }, { signal });
  return { result, ...readTestResults(result.output, await written(), sandbox.workspace) };
}

/** What its end leaves out: compilers begin with the cause. */
function beginningOf(output: string): Pick<TestReport, "output_head"> {
  const head = firstLines(output, shownLines);
  return head === "" ? {} : { output_head: head };
}
