import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const failed = /^ ?FAIL {2}(.+)$/;
const verbose = /^ *([✓↓□]) ((?:\|[^|]*\| | \S+ {2})?\S+ > .+?)(?: (\d+(?:\.\d+)?)ms)?$/;
const rule = /^⎯+/;

/** Vitest's own reporters: every failure after `FAIL`, and with `verbose` the others as well. */
export function readVitest(lines: readonly string[]): readonly TestResult[] {
  if (!lines.some((line) => /^ *(?:Test Files|Tests) {2}\S/.test(line))) return [];
  return lines.flatMap((line, index) => [
    ...failure(lines, index),
    ...unhandled(lines, index),
    ...other(verbose.exec(line)),
  ]);
}

function failure(lines: readonly string[], index: number): readonly TestResult[] {
  const [, title] = failed.exec(lines[index] ?? "") ?? [];
  if (title === undefined) return [];
  // Tests that fail over the same stand together, above what they fail over.
  const from = index + [...lines.slice(index, index + 60), ""].findIndex((line) => !failed.test(line));
  const message = blockFrom(lines, from, (line) => rule.test(line) || failed.test(line));
  return [{ ...named(title), status: "failed", message }];
}

/** They fail the run although every test passes. */
function unhandled(lines: readonly string[], index: number): readonly TestResult[] {
  if (!/^⎯+ Unhandled (?:Rejection|Error|Exception) ⎯+$/.test(lines[index] ?? "")) return [];
  const message = blockFrom(lines, index + 1, (line) => rule.test(line));
  const origin = /^This error originated in "(.+)" test file/.exec(message.split("\n").at(-1) ?? "")?.[1];
  return [{ name: "unhandled error", ...(origin !== undefined && { file: origin }), status: "failed", message }];
}

function other(match: RegExpExecArray | null): readonly TestResult[] {
  const [, mark, title, ms] = match ?? [];
  if (title === undefined) return [];
  const duration = ms === undefined ? {} : { duration_ms: Number(ms) };
  return [{ ...named(title), status: mark === "✓" ? "passed" : "skipped", ...duration }];
}

/** `|project| a.test.ts > a bill > is rounded`, in colours ` project  a.test.ts > …`, or for a file that cannot be loaded `b.test.ts [ b.test.ts ]`. */
function named(title: string): Pick<TestResult, "name" | "file" | "suite"> {
  const [place = "", ...path] = title.split(" > ");
  const [, project, inColours, rest = ""] = /^(?:\|([^|]*)\| | (\S+) {2})?(.*)$/.exec(place) ?? [];
  const file = rest.replace(/ \[ .* \]$/, "");
  const suite = project ?? inColours;
  return { name: path.length === 0 ? file : path.join(" > "), file, ...(suite !== undefined && { suite }) };
}
