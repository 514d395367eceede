import type { Evidence } from "../domain/evidence.ts";
import type { Run } from "../domain/run.ts";
import { issueNumber, type Ticket } from "../domain/ticket.ts";
import { type Spending, totalUsd } from "../store/spending.ts";
import type { CodedChange } from "./code.ts";
import { evidenceLines } from "./evidence-lines.ts";
import { said, saidInLine } from "./said.ts";
import { spendingLines } from "./spending-lines.ts";

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
  if (evidence !== null && evidence.redefined_by.length > 0) {
    const files = evidence.redefined_by.map((path) => `\`${path}\``).join(", ");
    doubts.push(`the change alters ${files}, which says how the tests are run: look at that first`);
  }
  return doubts;
}

export interface PullRequestParts {
  readonly ticket: Ticket;
  readonly run: Run;
  readonly work: CodedChange;
  readonly evidence: Evidence;
  readonly doubts: readonly string[];
  /** Lines on what the egress guard refused; none when it refused nothing. */
  readonly refusals: readonly string[];
  readonly spending: Spending;
  /** The operator's budget for a ticket. */
  readonly ticketUsd: number;
}

export function pullRequestBody(of: PullRequestParts): string {
  const { ticket, run, work, evidence, doubts, refusals, spending, ticketUsd } = of;
  const { submission } = work;
  const parts = [
    doubts.length === 0
      ? []
      : ["> [!WARNING]", ...doubts.map((doubt) => `> ${doubt[0]?.toUpperCase()}${doubt.slice(1)}.`), ""],
    ["## What", "", said(submission.what), ""],
    ["## Why", "", said(submission.why), ""],
    ["## Evidence", "", ...evidenceLines(evidence), ""],
    refusals,
    [
      "## Run",
      "",
      "| Model | Turns | Cost | Asked for by |",
      "|---|---|---|---|",
      `| \`${work.model}\` | ${work.turns} | $${totalUsd(spending, run.id).toFixed(4)} | @${run.requestedBy.login} |`,
      "",
      ...spendingLines(spending, ticketUsd),
      "",
      `Closes #${issueNumber(ticket)}`,
    ],
  ];
  return parts.flat().join("\n");
}
