import type { Evidence } from "../../domain/evidence.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Run } from "../../domain/run.ts";
import { issueNumber, type Ticket } from "../../domain/ticket.ts";
import type { Spending } from "../../store/spending.ts";
import type { CodedChange } from "../coded.ts";
import { evidenceLines } from "./evidence-lines.ts";
import { noteLines } from "./guard-lines.ts";
import { said, saidInLine } from "./said.ts";
import { spendingLines, totalLine } from "./spending-lines.ts";
import { waivedLines, waysOn } from "./waiver-lines.ts";

export interface PullRequestParts {
  readonly ticket: Ticket;
  readonly run: Run;
  readonly work: CodedChange;
  readonly evidence: Evidence;
  readonly findings: readonly GuardFinding[];
  readonly doubts: readonly string[];
  /** What was asked of which model in all rounds; nothing where a run only publishes what another has done. */
  readonly used: readonly Pick<CodedChange, "model" | "turns" | "costUsd">[];
  /** How the change came about, where that is more than one round. */
  readonly history: readonly string[];
  /** A line on what the sandboxes lacked; none when they lacked nothing. */
  readonly missing: readonly string[];
  /** Lines on what the egress guard refused; none when it refused nothing. */
  readonly refusals: readonly string[];
  readonly spending: Spending;
  /** The operator's budget for a ticket. */
  readonly ticketUsd: number;
}

export function pullRequestBody(of: PullRequestParts): string {
  const { ticket, run, evidence, findings, doubts, used, history, missing, refusals, spending, ticketUsd } = of;
  const { submission } = of.work;
  const waived = waivedLines(findings);
  const parts = [
    doubts.length === 0
      ? []
      : [
          "> [!WARNING]",
          ...doubts.map((doubt) => `> ${doubt[0]?.toUpperCase()}${doubt.slice(1)}.`),
          ...(ticket.source === "github_issue" ? waysOn(findings) : []).flatMap((way) => [">", `> ${way}`]),
          "",
        ],
    ["## What", "", said(submission.what), ""],
    ["## Why", "", said(submission.why), ""],
    checkedLines(submission),
    ["## Evidence", "", ...evidenceLines(evidence), "", ...missing],
    evidence?.regression?.shown === false && submission.no_regression_test_because !== undefined
      ? ["Why no test shows the bug, says the coder:", "", said(submission.no_regression_test_because), ""]
      : [],
    waived.length === 0
      ? []
      : ["## Waived", "", "Rules held this against the change, and people took it on:", "", ...waived, ""],
    noteLines(findings),
    refusals,
    [
      "## Run",
      "",
      "| Model | Turns | Cost | Asked for by |",
      "|---|---|---|---|",
      ...used.map(
        ({ model, turns, costUsd }) =>
          `| \`${model}\` | ${turns} | $${costUsd.toFixed(4)} | @${run.requestedBy.login} |`,
      ),
      ...(used.length === 0 ? [`| none: what was done before | 0 | $0.0000 | @${run.requestedBy.login} |`] : []),
      "",
      // One line of it stands above, where this run has asked a model.
      ...(spending.lines.length > 1 || used.length === 0
        ? spendingLines(spending, ticketUsd)
        : [totalLine(spending, ticketUsd)]),
      "",
      ...(history.length === 0 ? [] : [...history, ""]),
      ...(ticket.source === "github_issue" ? [`Closes #${issueNumber(ticket)}`] : []),
    ],
  ];
  return parts.flat().join("\n");
}

/** Each criterion in one quoted line: said by the coder, unlike the evidence. */
function checkedLines({ checked = [] }: CodedChange["submission"]): readonly string[] {
  if (checked.length === 0) return [];
  const lines = checked.map(({ criterion, how }) => `> - ${saidInLine(criterion)}: ${saidInLine(how)}`);
  return ["## Checked by the coder", "", ...lines, ""];
}
