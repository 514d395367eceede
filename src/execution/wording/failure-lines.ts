import type { Evidence, Regression } from "../../domain/evidence.ts";
import type { ComparedTest, Verdict } from "../../domain/test-report.ts";
import { causeOf } from "../proof/cause-of.ts";
import { comparedTests } from "../proof/comparison-of.ts";
import { leavesOf } from "../proof/leaves-of.ts";
import { titleOf } from "../proof/test-key.ts";
import { quoteCode } from "./quote-code.ts";

const maxRows = 20;

/** The tests that a reviewer should know by name, each without the change and with it: those that tell something about it. */
export function failureLines(seen: NonNullable<Evidence>): readonly string[] {
  return [...(seen.regression === undefined ? [] : regressionLines(seen.regression)), ...tableOf(comparedTests(seen))];
}

function regressionLines({ tests, shown, files }: Regression): readonly string[] {
  if (shown && tests.length === 0) return ["The tests of the change fail on the base and pass with it.", ""];
  const none = files.length === 0 ? "it brings none" : "those that it brings pass without it";
  return shown ? [] : [`No test of the change shows the bug: ${none}.`, ""];
}

const said: Readonly<Record<Verdict, string>> = {
  broken: "broken by the change",
  asked: "named by the ticket, and still red",
  mended: "mended",
  flaky: "flaky: failed once and passed once, not counted",
  known_red: "red without the change too, not counted",
  new: "new",
};

function tableOf(tests: readonly ComparedTest[]): readonly string[] {
  const rows = Object.keys(said).flatMap((verdict) =>
    rowsOf(leavesOf(tests.filter((test) => test.verdict === verdict))),
  );
  return rows.length === 0 ? [] : ["| Test | Base | Change | |", "|---|---|---|---|", ...rows, ""];
}

function rowsOf(tests: readonly ComparedTest[]): readonly string[] {
  const left = tests.length - maxRows;
  const [first] = tests;
  return [
    ...tests.slice(0, maxRows).map(rowOf),
    ...(left > 0 && first ? [`| and ${left} more | | | ${first.verdict === null ? "" : said[first.verdict]} |`] : []),
  ];
}

function rowOf(test: ComparedTest): string {
  const { base, head, verdict, message } = test;
  const title = quoteCode(titleOf(test)).replaceAll("|", "\\|");
  const change = verdict === "flaky" ? "🟡 both" : signs[head ?? "none"];
  const what = verdict === null ? "" : said[verdict];
  const why =
    message === undefined
      ? ""
      : `${verdict === "mended" ? ", was" : ":"} ${quoteCode(causeOf(message)).replaceAll("|", "\\|")}`;
  return `| ${title} | ${signs[base ?? "none"]} | ${change} | ${what}${why} |`;
}

/** What is not named where all that failed is has passed, or is not there. */
const signs = { passed: "🟢 passed", failed: "🔴 failed", skipped: "⚪ skipped", none: "not red" } as const;
