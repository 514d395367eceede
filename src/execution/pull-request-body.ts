import type { Evidence, TestReport } from "../domain/evidence.ts";
import type { Run } from "../domain/run.ts";
import { issueNumber, type Ticket } from "../domain/ticket.ts";
import type { CodedChange } from "./code.ts";
import { said, saidInLine } from "./said.ts";

/** What a reviewer must know before anything else; each makes the pull request a draft. */
export function doubtsAbout(work: CodedChange, evidence: Evidence): readonly string[] {
  const doubts: string[] = [];
  if (work.unfinished !== null) doubts.push(`the work is unfinished, ${saidInLine(work.unfinished)}`);
  if (evidence === null) {
    doubts.push(
      "nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)",
    );
  } else if (!evidence.head.passed) {
    doubts.push(
      evidence.base.passed
        ? "the tests pass on the base and fail with this change"
        : "the tests fail with this change, as they do on the base",
    );
  }
  return doubts;
}

export interface PullRequestParts {
  readonly ticket: Ticket;
  readonly run: Run;
  readonly work: CodedChange;
  readonly evidence: Evidence;
  readonly doubts: readonly string[];
}

export function pullRequestBody({ ticket, run, work, evidence, doubts }: PullRequestParts): string {
  const { submission } = work;
  const parts = [
    doubts.length === 0
      ? []
      : ["> [!WARNING]", ...doubts.map((doubt) => `> ${doubt[0]?.toUpperCase()}${doubt.slice(1)}.`), ""],
    ["## What", "", said(submission.what), ""],
    ["## Why", "", said(submission.why), ""],
    ["## Evidence", "", ...evidenceLines(evidence), ""],
    [
      "## Run",
      "",
      "| Model | Turns | Cost | Asked for by |",
      "|---|---|---|---|",
      `| \`${work.model}\` | ${work.turns} | $${work.costUsd.toFixed(4)} | @${run.requestedBy.login} |`,
      "",
      `Closes #${issueNumber(ticket)}`,
    ],
  ];
  return parts.flat().join("\n");
}

function evidenceLines(evidence: Evidence): readonly string[] {
  if (evidence === null) return ["None: no test command is known for this repository."];
  return [
    `Run by Nightshift in clean sandboxes, not by the agent: \`${evidence.head.command.replaceAll("`", "'")}\``,
    "",
    "| | Commit | Result | Exit code | Tests | Duration |",
    "|---|---|---|---|---|---|",
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
  const result = report.timed_out ? "🔴 timed out" : report.passed ? "🟢 passed" : "🔴 failed";
  return `| ${name} | ${report.commit.slice(0, 12)} | ${result} | ${report.exit_code ?? "killed"} | ${tests} | ${(report.duration_ms / 1000).toFixed(1)} s |`;
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
