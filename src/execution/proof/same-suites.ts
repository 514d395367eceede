import type { TestReport } from "../../domain/evidence.ts";

/**
 * Two reports as they can be compared: where one knows of a single package, which nothing has to name, the names of the other's say
 * nothing. With a change that adds a second package every test would else be another one than on the base.
 */
export function sameSuites(base: TestReport, head: TestReport): readonly [base: TestReport, head: TestReport] {
  const isPlain = [base, head].some(({ tests }) => tests?.every(({ suite }) => suite === undefined));
  return isPlain ? [plain(base), plain(head)] : [base, head];
}

function plain(report: TestReport): TestReport {
  if (report.tests === undefined) return report;
  return { ...report, tests: report.tests.map(({ suite: _, ...test }) => test) };
}
