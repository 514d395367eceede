import type { TestCounts } from "../../../domain/evidence.ts";
import type { TestResult } from "../../../domain/test-result.ts";
import { withoutControls } from "../../../domain/without-controls.ts";
import { countTests } from "../count-tests.ts";
import { readCargo } from "./cargo.ts";
import { readGo } from "./go.ts";
import { readGoJson } from "./go-json.ts";
import { readJest } from "./jest.ts";
import { readJunit } from "./junit.ts";
import { linesOf } from "./lines-of.ts";
import { readMocha } from "./mocha.ts";
import { readNodeSpec } from "./node-spec.ts";
import { readPytest } from "./pytest.ts";
import { readSurefire } from "./surefire.ts";
import { readTap } from "./tap.ts";
import { readVitest } from "./vitest.ts";

export interface TestResults {
  /** The tests that were named, those that failed first; bounded. */
  readonly tests: readonly TestResult[];
  /** `null` where nobody says how many there were. */
  readonly counts: TestCounts | null;
}

const readers = [
  readNodeSpec,
  readTap,
  readVitest,
  readJest,
  readMocha,
  readPytest,
  readCargo,
  readGoJson,
  readGo,
  readSurefire,
] as const;

const maxTests = 1000;
const maxName = 300;
const maxMessage = 2000;
/** How many failures say why. */
const maxMessages = 100;

/**
 * What a test command said of its tests: by the reports that it wrote, where there are any, else by what it printed.
 * @param workspace the folder that absolute paths of the output begin with; without it names hold from one sandbox to the next.
 */
export function readTestResults(output: string, reports: readonly string[], workspace: string): TestResults {
  const relative = (text: string) => text.replaceAll(`file://${workspace}/`, "").replaceAll(`${workspace}/`, "");
  const written = reports.flatMap((report) => readReport(relative(report)));
  const printed = countTests(output);
  const counted = countsOf(written);
  // Less than what was printed: another runner has written none.
  const isAll = written.length > 0 && counted.failed >= (printed?.failed ?? 0);
  const said = readOutput(relative(output));
  if (isAll) {
    const missed = missedIn(written, said);
    const counts = { ...counted, failed: counted.failed + missed.length };
    return { tests: bounded([...written, ...missed]), counts };
  }
  const tests = [...written, ...said];
  return { tests: bounded(tests), counts: printed ?? (tests.some(hasPassed) ? countsOf(tests) : null) };
}

/** Printed failures in files of which the reports have nothing: some leave out what could not even be loaded. */
function missedIn(written: readonly TestResult[], said: readonly TestResult[]): readonly TestResult[] {
  const files = new Set(written.flatMap(({ file }) => file ?? []));
  const placeless = written.filter(({ file, status }) => file === undefined && status === "failed");
  const isTold = (name: string) => placeless.some((test) => test.name.endsWith(name.split(" > ").at(-1) ?? name));
  return said.filter(
    ({ file, name, status }) => status === "failed" && file !== undefined && !files.has(file) && !isTold(name),
  );
}

function readReport(text: string): readonly TestResult[] {
  return text.trimStart().startsWith("<") ? readJunit(text) : readOutput(text);
}

/** More than one runner may have printed. */
function readOutput(output: string): readonly TestResult[] {
  const lines = linesOf(output);
  return readers.flatMap((read) => read(lines));
}

function hasPassed({ status }: TestResult): boolean {
  return status === "passed";
}

function countsOf(tests: readonly TestResult[]): TestCounts {
  const count = (status: TestResult["status"]) => tests.filter((test) => test.status === status).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
}

function bounded(tests: readonly TestResult[]): readonly TestResult[] {
  const isFailed = ({ status }: TestResult) => status === "failed";
  const ordered = [...tests.filter(isFailed), ...tests.filter((test) => !isFailed(test))].slice(0, maxTests);
  return ordered.map(({ name, file, message, status, duration_ms }, index) => ({
    name: plain(name, maxName),
    ...(file !== undefined && { file: plain(file, maxName) }),
    status,
    ...(message && index < maxMessages && { message: plain(message, maxMessage) }),
    ...(duration_ms !== undefined && { duration_ms: Math.round(duration_ms) }),
  }));
}

/** As Postgres and JSON take it. */
function plain(text: string, max: number): string {
  return withoutControls(text).slice(0, max).toWellFormed();
}
