import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import { type GuardFinding, type GuardRule, guardSeverities } from "../../domain/guard-finding.ts";
import { type Redact, redactor } from "../../domain/redact.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { deletedTests } from "./deleted-tests.ts";
import { demotedTests } from "./demoted-tests.ts";
import type { Guard, GuardedChange } from "./guard-rule.ts";
import { hiddenText } from "./hidden-text.ts";
import { licenceHeaders } from "./licence-headers.ts";
import { loosenedChecks } from "./loosened-checks.ts";
import { loosenedCommands } from "./loosened-commands.ts";
import { packageSources } from "./package-sources.ts";
import { protectedPaths } from "./protected-paths.ts";
import { rewrittenSnapshots } from "./rewritten-snapshots.ts";
import { riggedRuns } from "./rigged-runs.ts";
import { robotFiles } from "./robot-files.ts";
import { runnerSettings } from "./runner-settings.ts";
import { secrets } from "./secrets.ts";
import { size } from "./size.ts";
import { skippedTests } from "./skipped-tests.ts";
import { strayFiles } from "./stray-files.ts";
import { suppressions } from "./suppressions.ts";
import { tableRows } from "./table-rows.ts";
import { tamedTests } from "./tamed-tests.ts";
import { testDetection } from "./test-detection.ts";
import { tolerances } from "./tolerances.ts";
import { unrelated } from "./unrelated.ts";
import { weakenedTests } from "./weakened-tests.ts";
import { workflows } from "./workflows.ts";

const guards: readonly Guard[] = [
  ...[workflows, deletedTests, demotedTests, tableRows, skippedTests, weakenedTests, rewrittenSnapshots, testDetection],
  ...[
    tamedTests,
    tolerances,
    suppressions,
    loosenedChecks,
    loosenedCommands,
    runnerSettings,
    riggedRuns,
    robotFiles,
    protectedPaths,
    packageSources,
    hiddenText,
    strayFiles,
    unrelated,
    size,
    licenceHeaders,
  ],
];
/** Of one rule and severity, one by one; what is more would hide the rest. */
const mostOfAKind = 10;
const shownFiles = 5;
/** In a minified file a line is the file, and no rule is about what stands behind so much. */
const longestLine = 2_000;

/** What all rules find in a change, the gravest first. */
export async function findingsOf(change: GuardedChange): Promise<readonly GuardFinding[]> {
  const { findings, values } = await secrets(change);
  const hide = redactor(values);
  const readable = { ...change, files: change.files.map((file) => withShortLines(withoutSecrets(file, values, hide))) };
  const all = [...findings, ...guards.flatMap((guard) => guard(readable))].map((it) => withoutName(it, values));
  const kinds = Map.groupBy(all, ({ rule, severity }) => `${severity} ${rule}`);
  return [...kinds.values()]
    .flatMap((some) => [...some.slice(0, mostOfAKind), ...together(some.slice(mostOfAKind))])
    .toSorted((a, b) => guardSeverities.indexOf(a.severity) - guardSeverities.indexOf(b.severity));
}

/** As one, with how many they are: what nobody is told of nobody could waive knowingly. */
function together([first, ...more]: readonly GuardFinding[]): readonly GuardFinding[] {
  if (first === undefined || more.length === 0) return first === undefined ? [] : [first];
  const files = [...new Set(more.map(({ file }) => file))];
  const shown = files.slice(0, shownFiles).map(quoteCode).join(", ");
  const others = files.length > shownFiles ? ` and ${files.length - shownFiles} more files` : "";
  return [{ ...first, text: `${first.text}, and ${more.length} more like this in ${shown}${others}` }];
}

/** Before a line is quoted, in part perhaps. */
function withoutSecrets(file: FileDiff, values: readonly string[], hide: Redact): FileDiff {
  const isHit = ({ text }: DiffLine) => values.some((value) => text.includes(value));
  if (values.length === 0 || !file.lines.some(isHit)) return file;
  return { ...file, lines: file.lines.map((line) => (isHit(line) ? { ...line, text: hide(line.text) } : line)) };
}

/** A name of a file may be one. */
function withoutName(finding: GuardFinding, values: readonly string[]): GuardFinding {
  const file = values.reduce((name, value) => name.replaceAll(value, "[redacted]"), finding.file);
  return file === finding.file ? finding : { ...finding, file };
}

function withShortLines(file: FileDiff): FileDiff {
  if (file.lines.every(({ text }) => text.length <= longestLine)) return file;
  return { ...file, lines: file.lines.map((line) => ({ ...line, text: line.text.slice(0, longestLine) })) };
}

/** These never leave: GitHub would refuse the one, and the other could not be taken back. */
const neverPushed: readonly GuardRule[] = ["secrets", "workflows"];

export function isUnpublishable({ rule, severity }: GuardFinding): boolean {
  return severity === "blocks" && neverPushed.includes(rule);
}
