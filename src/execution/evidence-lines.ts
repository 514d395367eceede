import type { Evidence, TestReport } from "../domain/evidence.ts";

/** What the machine saw, as a table with both outputs folded below it. */
export function evidenceLines(evidence: Evidence): readonly string[] {
  if (evidence === null) return ["None: no test command is known for this repository."];
  return [
    "Run by Nightshift in clean sandboxes, not by the agent:",
    "",
    "| | Commit | Command | Result | Exit code | Tests | Duration |",
    "|---|---|---|---|---|---|---|",
    row("Base", evidence.base),
    row("Change", evidence.head),
    "",
    ...output("base", evidence.base),
    ...output("change", evidence.head),
  ];
}

function row(name: string, report: TestReport): string {
  const { counts } = report;
  const tests =
    counts === null ? "not counted" : `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  const failed = report.stage === "setup" ? "🔴 set-up failed" : "🔴 failed";
  const result = report.timed_out ? "🔴 timed out" : report.passed ? "🟢 passed" : failed;
  const command = report.command.replaceAll("`", "'").replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
  return `| ${name} | ${report.commit.slice(0, 12)} | \`${command}\` | ${result} | ${report.exit_code ?? "killed"} | ${tests} | ${(report.duration_ms / 1000).toFixed(1)} s |`;
}

function output(name: string, report: TestReport): readonly string[] {
  return [
    "<details>",
    `<summary>Output on the ${name}</summary>`,
    "",
    "```text",
    report.output_tail,
    "```",
    "",
    "</details>",
    "",
  ];
}
