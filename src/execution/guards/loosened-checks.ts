import { posix } from "node:path";
import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { isTestPath } from "./test-language.ts";

const checkFile =
  /^(?:(?:vitest|vite|jest|karma|playwright|cypress|ava|mocha|eslint|biome|tslint|stylelint|commitlint|nyc|tsconfig|jsconfig|codecov|phpstan|psalm|phpunit|detekt|checkstyle|golangci|rubocop|pylintrc|ruff|mypy|pytest|tox|setup|pyproject|pom|build|Cargo|package|analysis_options|clippy|simplecov|coveragerc|flake8|pre-commit-config|mocharc|eslintrc|nycrc|c8rc|jshintrc)\b.*|\.(?:eslintrc|nycrc|c8rc|coveragerc|mocharc|pylintrc|flake8|rubocop|codecov|golangci|simplecov|stylelintrc|pre-commit-config)\b.*)$/;

// From where a name begins only: else a long one would be tried from each of its letters.
const key = String.raw`(?<![\w./@-])["']?([\w./@-]+)["']?\s*[:=(]\s*`;
const numbered = new RegExp(`${key}(-?[\\d_.]+)`);
const worded = new RegExp(
  String.raw`${key}\[?\s*["']?(true|false|off|warn|warning|error|deny|forbid|allow|[012](?![\d.]))\b`,
);
const threshold =
  /^(?:branches|functions|lines|statements|fail_under|minimum|minimum_coverage|threshold|target|coverage\w*|minimumCoverage|minMsi|max-warnings|--max-warnings)$/i;
const inArgument = /--(?:cov-)?fail-under[= ](\d+)/;
const strict =
  /^(?:strict\w*|no[A-Z]\w*|exactOptionalPropertyTypes|alwaysStrict|use\w*Unknown\w*|disallow_\w+|check_untyped_defs|warn_\w+|xfail_strict|failOn\w+|recommended)$/;
const timeout = /(?:^|\.)\w*timeout\w*$/i;
const rank: Readonly<Record<string, number>> = {
  off: 0,
  allow: 0,
  "0": 0,
  false: 0,
  warn: 1,
  warning: 1,
  "1": 1,
  error: 2,
  deny: 2,
  forbid: 2,
  "2": 2,
  true: 2,
};
/** Of one test, after what it does. */
const atEnd = /^\s*\}\s*,\s*([\d_]+)\s*,?\s*\)/;
const hugely = 10;

/** Thresholds, strictness and rules that ask less than before. */
export const loosenedChecks: Guard = ({ files }) =>
  files.flatMap((file) => {
    if (checkFile.test(posix.basename(file.path))) {
      return [...lowered(file, numbers, isLower), ...lowered(file, words, isLaxer), ...longer(file), ...newlyOff(file)];
    }
    return isTestPath(file.path) ? longer(file) : [];
  });

type Setting = readonly [name: string, value: string];

function numbers({ text }: DiffLine): Setting | undefined {
  const argument = inArgument.exec(text)?.[1];
  if (argument !== undefined) return ["fail-under", argument];
  const [, name = "", value = ""] = numbered.exec(text) ?? [];
  return threshold.test(name) ? [name, value] : undefined;
}

function words({ text }: DiffLine): Setting | undefined {
  const [, name = "", value = ""] = worded.exec(text) ?? [];
  return value === "" || threshold.test(name) || timeout.test(name) ? undefined : [name, value];
}

function isLower([name, was]: Setting, now: string | undefined): boolean {
  if (now === undefined) return true;
  return /max-warnings/.test(name) ? Number(now) > Number(was) : Number(now) < Number(was);
}

/** Of lint rules every level counts, of switches those that make a checker strict. */
function isLaxer([name, was]: Setting, now: string | undefined): boolean {
  const isSwitch = was === "true" || was === "false";
  if (isSwitch && !strict.test(name)) return false;
  return (rank[now ?? (isSwitch ? "false" : was)] ?? 0) < (rank[was] ?? 0);
}

function lowered(
  file: FileDiff,
  read: (line: DiffLine) => Setting | undefined,
  isLess: (was: Setting, now: string | undefined) => boolean,
): readonly GuardFinding[] {
  const fresh = added(file).flatMap((line) => {
    const setting = read(line);
    return setting === undefined ? [] : [{ line, setting, taken: false }];
  });
  return removed(file).flatMap((line): readonly GuardFinding[] => {
    const was = read(line);
    if (was === undefined) return [];
    const now = fresh.find(({ setting, taken }) => setting[0] === was[0] && !taken);
    if (now !== undefined) now.taken = true;
    if (!isLess(was, now?.setting[1])) return [];
    const text =
      now === undefined
        ? `${quoteCode(line.text)} is gone, so that checks ask less than before`
        : `${quoteCode(was[0])} goes from ${quoteCode(was[1])} to ${quoteCode(now.setting[1])}, so that checks ask less than before`;
    return [{ rule: "loosened-checks", severity: "blocks", file: file.path, line: now?.line.n ?? null, text }];
  });
}

const lintFile = /^(?:\.?eslint|\.?oxlint|biome|tslint|\.?stylelint|tsconfig|jsconfig)/;

/** What was on only because another file says so. */
function newlyOff(file: FileDiff): readonly GuardFinding[] {
  if (file.status === "added" || !lintFile.test(posix.basename(file.path))) return [];
  const were = new Set(removed(file).map((line) => words(line)?.[0]));
  return added(file).flatMap((line): readonly GuardFinding[] => {
    const [name = "", value] = words(line) ?? [];
    const isOff = value === "off" || (value === "false" && strict.test(name));
    if (!isOff || were.has(name)) return [];
    const text = `${quoteCode(line.text)} switches off what was asked for before`;
    return [{ rule: "loosened-checks", severity: "draft", file: file.path, line: line.n, text }];
  });
}

/** Time that hides a hang. */
function longer(file: FileDiff): readonly GuardFinding[] {
  const timeoutOf = ({ text }: DiffLine) => {
    const [, name = "", value = ""] = numbered.exec(text) ?? [];
    const ms = timeout.test(name) ? value : atEnd.exec(text)?.[1];
    return ms === undefined ? undefined : Number(ms.replaceAll("_", ""));
  };
  const was = removed(file)
    .map(timeoutOf)
    .find((ms) => ms !== undefined && ms > 0);
  if (was === undefined) return [];
  return added(file).flatMap((line): readonly GuardFinding[] => {
    const now = timeoutOf(line) ?? was;
    if (now !== 0 && now < was * 2) return [];
    const severity = now === 0 || now >= was * hugely ? "draft" : "note";
    const text = now === 0 ? `a timeout of ${was} is taken away` : `a timeout goes from ${was} to ${now}`;
    return [{ rule: "loosened-checks", severity, file: file.path, line: line.n, text }];
  });
}
