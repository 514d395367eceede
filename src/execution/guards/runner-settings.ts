import { posix } from "node:path";
import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { check } from "./check-commands.ts";
import { type Guard, gained } from "./guard-rule.ts";

/** Files that hold commands, and those that hold a runner's settings. */
const commands =
  /^(?:package\.json|deno\.jsonc?|Makefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|tox\.ini|pyproject\.toml|setup\.cfg|pytest\.(?:ini|toml))$/;
const settings =
  /^(?:(?:vitest|vite|jest|karma|playwright|cypress|ava|wdio)\.(?:\w+\.)?(?:config|conf|workspace)\.\w+|\.mocharc\.\w+|package\.json|pyproject\.toml|pytest\.ini|pom\.xml|build\.gradle(?:\.kts)?)$/;

interface Loosening {
  readonly pattern: RegExp;
  readonly severity: GuardFinding["severity"];
  readonly does: string;
}

const runner = String.raw`(?:\b(?:vitest|jest|mocha|ava|playwright|cypress|pytest|tox|node|bun|deno|cargo|go test|phpunit|rspec|tap|c8|nyc|(?:npm|pnpm|yarn)(?: run)? test)\b|\baddopts\b)`;
const option = (text: string, of = runner) => String.raw`${of}.*?\s["'\\]*(?:${text})(?![\w-])`;
/** Mocha has other meanings for the same letters. */
const jest = String.raw`\b(?:jest|vitest|ava|bun test)\b`;
/** https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers */
const marker = String.raw`(?:python_|sys_|os_|platform_|implementation_|extra\b)`;
const everything = "lets failed checks pass";
const [noTest, some, anew, again] = [
  "runs no test",
  "runs some of the tests only",
  "makes the tests agree with whatever they find",
  "runs a failed test until it passes",
];

const inCommands: readonly Loosening[] = [
  {
    pattern: new RegExp(String.raw`\b${check}[^|;&]*\|\s*(?:tee|cat|head|tail|grep|sed|awk)\b`),
    severity: "blocks",
    does: everything,
  },
  // Not behind `set -e`, and no `pytest; python_version >= "3.9"`, which is a dependency.
  {
    pattern: new RegExp(String.raw`^(?!.*\bset -\w*e).*\b${check}[^|;&]*;\s*(?!${marker})\w`),
    severity: "blocks",
    does: everything,
  },
  {
    pattern: /--unhandled-rejections=(?:none|warn)\b|--dangerouslyIgnoreUnhandledErrors\b/,
    severity: "blocks",
    does: everything,
  },
  {
    pattern: new RegExp(option("--(?:collect-only|co|listTests|dry-run|no-run)")),
    severity: "blocks",
    does: noTest,
  },
  {
    pattern: new RegExp(
      [
        option("--update(?:-?[sS]napshots?)?|--snapshot-update|--test-update-snapshots"),
        option("-u", jest),
        String.raw`\b(?:INSTA_UPDATE=(?:always|1)|UPDATE_SNAPSHOTS?=1)`,
      ].join("|"),
    ),
    severity: "blocks",
    does: anew,
  },
  {
    pattern: new RegExp(
      [
        option(
          "--(?:f?grep|invert|testNamePattern|testPathPatterns?|test-(?:name|skip)-pattern|onlyChanged|changed|shard)",
        ),
        option("-t", jest),
        option("-k", String.raw`\b(?:pytest|addopts)\b`),
        option("-g", String.raw`\b(?:mocha|playwright)\b`),
        option("-(?:run|skip)", String.raw`\bgo test\b`),
      ].join("|"),
    ),
    severity: "draft",
    does: some,
  },
  {
    pattern: new RegExp(option(String.raw`--(?:retry|retries|reruns)[= ]["'\\]*[1-9]\d*`)),
    severity: "draft",
    does: again,
  },
];

const inSettings: readonly Loosening[] = [
  { pattern: /\bdangerouslyIgnoreUnhandledErrors["']?\s*:\s*true/, severity: "blocks", does: everything },
  { pattern: /\bupdate(?:Snapshots?)?["']?\s*:\s*(?:true|["'](?:all|changed)["'])/, severity: "draft", does: anew },
  {
    pattern: /\ballowOnly["']?\s*:\s*true|\bforbidOnly["']?\s*:\s*false/,
    severity: "draft",
    does: "lets one test stand for all",
  },
  {
    pattern:
      /^\s*["']?(?:testNamePattern|f?grep|grepInvert|testPathPatterns?)["']?\s*[:=]\s*(?!undefined|null|process\.|["']["'])\S/,
    severity: "draft",
    does: some,
  },
];
/** A text for a value is the version of a package with that name. */
const retries =
  /^\s*<?["']?(?:retry|retries|retryTimes|reruns|rerunFailingTestsCount|maxRetries)["']?\s*[:=>]\s*(?!["'\s])(.*)$/;
const checksCoverage = /--check-coverage\b/;

const script = /^\s*"([\w:.-]+)"\s*:\s*"(.*)"/;

/** What a runner is told by its command or its settings, so that tests fail less often, or less of them run. */
export const runnerSettings: Guard = ({ files }) =>
  files
    .filter(({ status }) => status === "changed" || status === "renamed")
    .flatMap((file) => {
      const name = posix.basename(file.path);
      return [
        ...(name === "package.json" ? ofScripts(file) : commands.test(name) ? ofLines(file, inCommands) : []),
        ...(settings.test(name) ? [...ofLines(file, inSettings), ...moreRetries(file)] : []),
      ];
    });

function ofLines(file: FileDiff, all: readonly Loosening[]): readonly GuardFinding[] {
  return all.flatMap(({ pattern, severity, does }) => {
    const before = removed(file).some(({ text }) => pattern.test(text));
    if (before) return [];
    return gained(file, pattern)
      .filter((line) => !isOfNewTarget(file, line))
      .map((line) => found(file, line, severity, does));
  });
}

const target = /^([\w./%-]+)[^:=]*:(?!=)/;

/** Of a Makefile or Justfile: a new target beside those that were there takes nothing away. */
function isOfNewTarget({ path, lines }: FileDiff, line: DiffLine): boolean {
  if (!/^(?:GNU)?makefile$|^justfile$/i.test(posix.basename(path)) || !/^\s/.test(line.text)) return false;
  const nameOf = ({ text }: DiffLine) => target.exec(text)?.[1];
  const name = lines
    .slice(0, lines.indexOf(line))
    .filter(({ mark }) => mark !== "-")
    .map(nameOf)
    .findLast((it) => it !== undefined);
  return name !== undefined && !lines.some((other) => other.mark !== "+" && nameOf(other) === name);
}

/** Those that were there: a new one beside them takes nothing away. */
function ofScripts(file: FileDiff): readonly GuardFinding[] {
  const were = new Map(removed(file).map(({ text }) => [script.exec(text)?.[1], script.exec(text)?.[2] ?? ""]));
  return added(file).flatMap((line): readonly GuardFinding[] => {
    const [, name, now = ""] = script.exec(line.text) ?? [];
    const was = name === undefined ? undefined : were.get(name);
    if (was === undefined) return [];
    const fresh = inCommands.filter(({ pattern }) => pattern.test(now) && !pattern.test(was));
    const isUncovered = checksCoverage.test(was) && !checksCoverage.test(now);
    return [
      ...fresh.map(({ severity, does }) => found(file, line, severity, does)),
      ...(isUncovered ? [found(file, line, "draft", "does not ask for coverage any more")] : []),
    ];
  });
}

function moreRetries(file: FileDiff): readonly GuardFinding[] {
  const most = ({ text }: DiffLine) => Math.max(0, ...(retries.exec(text)?.[1]?.match(/\d+/g) ?? []).map(Number));
  const were = Math.max(0, ...removed(file).map(most));
  return added(file)
    .filter((line) => most(line) > were)
    .map((line) => found(file, line, "draft", again));
}

function found({ path }: FileDiff, line: DiffLine, severity: GuardFinding["severity"], does: string): GuardFinding {
  return { rule: "loosened-checks", severity, file: path, line: line.n, text: `${quoteCode(line.text)} ${does}` };
}
