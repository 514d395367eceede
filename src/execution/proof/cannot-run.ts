import type { Evidence, TestReport } from "../../domain/evidence.ts";

type Seen = NonNullable<Evidence>;

/** Exit codes of a shell that finds no such command, or may not run it. */
const notFound = 127;
const notExecutable = 126;

/** What tools say that know no such script, target or module; most of them exit as they do when tests fail. */
const missing = [
  /\bMissing script: ?\S/, // npm, pnpm
  /^error Command "[^"]+" not found/, // yarn 1
  /Couldn't find a script named\b/, // yarn
  /^error: Script not found\b/, // bun
  /^npm (?:error|ERR!) could not determine executable to run/, // npx
  /^\S*python[\d.]*(?:\.exe)?: No module named \S/, // python -m
  /^\S*make(?:\[\d+\])?: \*\*\* No rule to make target\b/,
  /^error: no such command\b/, // cargo
  /^Command "[^"]+" is not defined/, // composer
  /^Task not found: \S/, // deno
];

const saysNotFound = /not found|No such file or directory|Permission denied|cannot execute/i;

/** How a test command ended that is not there, in the words of who looked for it; `undefined` where it may have run a test. */
export function missingCommand(report: TestReport): string | undefined {
  const { stage, passed, timed_out, counts, tests = [], exit_code } = report;
  const ran = tests.length > 0 || (counts !== null && counts.passed + counts.failed + counts.skipped > 0);
  if (stage !== "test" || passed || timed_out || ran) return undefined;
  const lines = [report.output_head ?? "", report.output_tail].join("\n").split("\n");
  const said = lines.find((line) => missing.some((words) => words.test(line.trim())));
  if (said !== undefined) return said.trim();
  if (exit_code !== notFound && exit_code !== notExecutable) return undefined;
  return (
    lines.findLast((line) => saysNotFound.test(line)) ??
    lines.findLast((line) => line.trim() !== "") ??
    ""
  ).trim();
}

/** Whether the test command is there neither with the change nor without it: then it tells nothing, and no change is at fault. */
export function cannotRun({ base, head }: Pick<Seen, "base" | "head">): boolean {
  return missingCommand(base) !== undefined && missingCommand(head) !== undefined;
}
