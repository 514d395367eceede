import type { Regression, TestReport } from "../../domain/evidence.ts";
import type { TestResult } from "../../domain/test-result.ts";
import { leavesOf } from "./leaves-of.ts";
import { failedIn, mendedBy, passedIn, without } from "./tell-apart.ts";
import type { NamedTest } from "./test-key.ts";

interface Seen {
  readonly base: TestReport;
  readonly head: TestReport;
  /** The base with the files of the change's tests. */
  readonly report: TestReport | null;
  readonly files: readonly string[];
}

const maxTests = 50;

/** What tests say of a bug: those that are red without the change and green with it, and those of the change that are green on both. */
export function regressionOf({ base, head, report, files }: Seen): Regression {
  const red = failedIn(head) ?? [];
  const mended = mendedBy(base, head);
  const shownBy = report === null ? [] : leavesOf(without(without(failedIn(report) ?? [], red), mended));
  // A test in a file that the change does not touch fails there by chance.
  const own = shownBy.filter(({ file }) => !isPath(file) || files.some((path) => isSameFile(path, file)));
  const failed = [...own, ...mended].map((test) => entry(test, "failed"));
  const passed = report === null ? [] : greenOf(report, base, files).map((test) => entry(test, "passed"));
  // Where nothing is named, the exit codes speak.
  const isRed = report !== null && report.stage === "test" && !report.passed && !report.timed_out;
  const unnamed = isRed && failedIn(report) === undefined && base.passed && head.passed;
  return {
    files: [...files],
    report,
    tests: [...failed, ...passed].slice(0, maxTests),
    shown: failed.length > 0 || unnamed,
  };
}

function entry({ name, file, suite }: NamedTest, base: "passed" | "failed") {
  return {
    name,
    ...(file !== undefined && { file }),
    ...(suite !== undefined && { suite }),
    base,
    head: "passed" as const,
  };
}

/** Of the change's own tests, so far as the runner says which those are. */
function greenOf(report: TestReport, base: TestReport, files: readonly string[]): readonly TestResult[] {
  // A runner that named none on the base says nothing by naming one now.
  const added =
    base.tests === undefined ? [] : without(passedIn(report), [...passedIn(base), ...(failedIn(base) ?? [])]);
  return added.filter(({ file }) => !isPath(file) || files.some((path) => isSameFile(path, file)));
}

export function isPath(file: string | undefined): file is string {
  return file !== undefined && /\.\w+$/.test(file) && file.includes("/");
}

/** Whether a runner means this file: one in a folder of its own names files from there. */
export function isSameFile(path: string, file: string): boolean {
  return path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`);
}
