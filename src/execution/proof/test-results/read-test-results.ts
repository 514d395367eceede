import { posix } from "node:path";
import type { TestCounts } from "../../../domain/evidence.ts";
import type { TestResult } from "../../../domain/test-result.ts";
import { withoutControls } from "../../../domain/without-controls.ts";
import { countTests, sumOf } from "../count-tests.ts";
import { readCargo } from "./cargo.ts";
import { readGo } from "./go.ts";
import { readGoJson } from "./go-json.ts";
import { readJest } from "./jest.ts";
import { readJunit } from "./junit.ts";
import { linesOf } from "./lines-of.ts";
import { readMocha } from "./mocha.ts";
import { readNodeSpec } from "./node-spec.ts";
import { readPytest } from "./pytest.ts";
import { type Section, sectionsOf } from "./sections-of.ts";
import { readSurefire } from "./surefire.ts";
import { readTap } from "./tap.ts";
import { readVitest } from "./vitest.ts";

/** A file that the tests wrote. */
export interface Report {
  /** From the workspace on. */
  readonly path: string;
  readonly text: string;
}

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
export function readTestResults(output: string, reports: readonly Report[], workspace: string): TestResults {
  const relative = (text: string) => text.replaceAll(`file://${workspace}/`, "").replaceAll(`${workspace}/`, "");
  const written = reports.flatMap(({ path, text }) => readReport(path, relative(text)));
  const sections = sectionsOf(linesOf(relative(output)));
  const printed = sumOf(sections.map(({ lines }) => countTests(lines.join("\n"))));
  const counted = countsOf(written);
  // Less than what was printed: another runner has written none.
  const isAll = written.length > 0 && counted.failed >= (printed?.failed ?? 0);
  const said = sections.flatMap(readSection);
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

/** What builds call the folders of their reports. */
const reportFolders =
  /(?:^|\/)(?:target|build|dist|out|coverage|junit|tmp|artifacts|\.?(?:test-?)?(?:reports?|results))(?:\/.*)?$/i;

/** Each package of a monorepo may write its own. */
function readReport(path: string, text: string): readonly TestResult[] {
  const tests = text.trimStart().startsWith("<") ? readJunit(text) : sectionsOf(linesOf(text)).flatMap(readSection);
  const folder = posix.dirname(path).replace(reportFolders, "");
  return folder === "" || folder === "." ? tests : tests.map((test) => inSuite(test, folder));
}

/** More than one runner may have printed. */
function readSection({ suite, lines }: Section): readonly TestResult[] {
  const tests = readers.flatMap((read) => read(lines));
  return suite === undefined ? tests : tests.map((test) => inSuite(test, suite));
}

function inSuite(test: TestResult, suite: string): TestResult {
  return { ...test, suite: test.suite === undefined ? suite : `${suite} ${test.suite}` };
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
  return ordered.map(({ name, file, suite, message, status, duration_ms }, index) => ({
    name: plain(name, maxName),
    ...(file !== undefined && { file: plain(file, maxName) }),
    ...(suite !== undefined && { suite: plain(suite, maxName) }),
    status,
    ...(message && index < maxMessages && { message: plain(message, maxMessage) }),
    ...(duration_ms !== undefined && { duration_ms: Math.round(duration_ms) }),
  }));
}

/** As Postgres and JSON take it. */
function plain(text: string, max: number): string {
  return withoutControls(text).slice(0, max).toWellFormed();
}
