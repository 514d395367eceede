import type { Evidence, TestReport } from "../../domain/evidence.ts";
import type { EnsureCheck } from "../../domain/forge.ts";
import { cannotRun } from "../proof/cannot-run.ts";
import { isGreen } from "../round.ts";
import { evidenceLines } from "./evidence-lines.ts";

/** The evidence as a check on the commit, where people decide whether to merge. Without a test command it says neither yes nor no. */
export function testCheck(evidence: Evidence): Omit<EnsureCheck, "repo" | "sha"> {
  return {
    name: "Nightshift: tests",
    conclusion: evidence === null ? "neutral" : isGreen({ seen: evidence }) ? "success" : "failure",
    title: titleOf(evidence),
    summary: evidenceLines(evidence).join("\n"),
  };
}

function titleOf(evidence: Evidence): string {
  if (evidence === null) return "Nothing was verified: no test command";
  if (cannotRun(evidence)) return "Nothing was verified: the test command cannot be run";
  return `${colour(evidence.base)} on the base, ${colour(evidence.head)} with the change`;
}

function colour(report: TestReport): string {
  if (report.timed_out) return "timed out";
  return report.passed ? "green" : "red";
}
