import type { Check, CheckReport, Evidence, TestReport } from "../../domain/evidence.ts";
import { comparedTests } from "../proof/comparison-of.ts";
import { leavesOf } from "../proof/leaves-of.ts";
import { isGreen } from "../round.ts";
import { ranNothing } from "./doubts.ts";
import { failureLines } from "./failure-lines.ts";
import { goneLines } from "./gone-lines.ts";
import { quoteCode } from "./quote-code.ts";
import { failureOf } from "./round-lines.ts";

/** What the machine saw, as a table with both outputs folded below it. */
export function evidenceLines(evidence: Evidence): readonly string[] {
  if (evidence === null) return ["None: no test command is known for this repository."];
  const { base, head, again, regression, checks = [] } = evidence;
  const withTests = regression?.report ?? undefined;
  return [
    `**${verdictOf(evidence)}** Run by Nightshift in clean sandboxes, not by the agent:`,
    "",
    "| | Commit | Command | Result | Exit code | Tests | Duration |",
    "|---|---|---|---|---|---|---|",
    row("Base", base),
    ...(withTests === undefined ? [] : [row("Base with the change's tests", withTests)]),
    row("Change", head),
    ...(again === undefined ? [] : [row("Change, once more", again)]),
    ...checks.flatMap((check) => checkRows(check, evidence)),
    "",
    ...failureLines(evidence),
    ...goneLines(evidence),
    ...output("base", base),
    ...(withTests === undefined ? [] : output("base with the change's tests", withTests)),
    ...output("change", head),
    ...(again === undefined ? [] : output("change, once more", again)),
    ...checks.flatMap(({ name, head }) => (head.passed ? [] : output(`change (${titles[name].toLowerCase()})`, head))),
  ];
}

/** What a reviewer has to know first. */
function verdictOf(seen: NonNullable<Evidence>): string {
  if (!isGreen({ seen })) return sentence(failureOf(seen));
  const { base, head } = seen;
  const mended = leavesOf(comparedTests(seen).filter(({ verdict }) => verdict === "mended")).length;
  const count = mended === 1 ? "1 test that fails on the base passes" : `${mended} tests that fail on the base pass`;
  const rest = head.passed ? "" : "; what fails with it fails on the base too, or only now and then";
  if (mended > 0) return sentence(`${count} with the change${rest}`);
  if (head.passed && ranNothing(head)) return "No test ran with the change.";
  if (!head.passed) return "Nothing new fails with the change, and nothing that failed passes.";
  return base.passed
    ? "The tests pass with the change, as they do on the base."
    : "The tests fail on the base and pass with the change.";
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

const titles = { lint: "Linter", typecheck: "Type check" } as const;

function checkRows({ name, command, base, head }: Check, seen: NonNullable<Evidence>): readonly string[] {
  const line = (on: string, commit: string, { passed, timed_out, exit_code, duration_ms }: CheckReport) => {
    const known = on === "change" && base?.passed === false ? " as on the base, not counted" : "";
    const result = timed_out ? "🔴 timed out" : passed ? "🟢 passed" : `🔴 failed${known}`;
    return `| ${titles[name]}, ${on} | ${commit.slice(0, 12)} | ${cell(command)} | ${result} | ${exit_code ?? "killed"} | | ${(duration_ms / 1000).toFixed(1)} s |`;
  };
  return [...(base === null ? [] : [line("base", seen.base.commit, base)]), line("change", seen.head.commit, head)];
}

function row(name: string, report: TestReport): string {
  const { counts } = report;
  const tests =
    counts === null ? "not counted" : `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  const failed = report.stage === "setup" ? "🔴 set-up failed" : "🔴 failed";
  const result = report.timed_out ? "🔴 timed out" : report.passed ? "🟢 passed" : failed;
  return `| ${name} | ${report.commit.slice(0, 12)} | ${cell(report.command)} | ${result} | ${report.exit_code ?? "killed"} | ${tests} | ${(report.duration_ms / 1000).toFixed(1)} s |`;
}

function cell(command: string): string {
  return quoteCode(command).replaceAll("|", "\\|");
}

function output(name: string, report: Pick<TestReport, "output_tail">): readonly string[] {
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
