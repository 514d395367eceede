import type { Check, CheckReport } from "../../domain/evidence.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import type { RepositoryCommands } from "../sandboxes/repository-commands.ts";
import { lastLines } from "../sandboxes/set-up.ts";
import type { WorkflowContext } from "../workflow.ts";

const shownLines = 30;

/** What the repository has besides its tests. */
export function checksOf({ lint, typecheck }: RepositoryCommands): readonly Pick<Check, "name" | "command">[] {
  return [
    ...(lint === undefined ? [] : [{ name: "lint", command: lint } as const]),
    ...(typecheck === undefined ? [] : [{ name: "typecheck", command: typecheck } as const]),
  ];
}

/** Runs one of them, in a sandbox that is ready for it, and tells what came of it. */
export async function runCheck(
  { factory, tell, signal }: WorkflowContext,
  sandbox: Sandbox,
  on: "base" | "head",
  { name, command }: Pick<Check, "name" | "command">,
): Promise<CheckReport> {
  const timeoutMs = factory.settings.sandbox.test_minutes * 60_000;
  const result = await sandbox.run({ line: command, timeoutMs }, { signal });
  const passed = result.exitCode === 0;
  await tell({ type: "check_finished", on, check: name, command, passed, durationMs: result.durationMs });
  return {
    exit_code: result.exitCode,
    timed_out: result.timedOut,
    passed,
    duration_ms: Math.round(result.durationMs),
    output_tail: lastLines(result.output, shownLines),
  };
}

/** A check that fails without the change too says nothing about it. */
export function countsAgainst({ base, head }: Check): boolean {
  return !head.passed && base?.passed !== false;
}
