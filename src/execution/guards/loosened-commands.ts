import { posix } from "node:path";
import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { check } from "./check-commands.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isSource } from "./test-language.ts";

const runs =
  /^(?:package\.json|deno\.jsonc?|Makefile|GNUmakefile|justfile|Justfile|Taskfile\.ya?ml|tox\.ini|noxfile\.py|pyproject\.toml|setup\.cfg|pytest\.ini|pom\.xml|build\.gradle(?:\.kts)?|Rakefile|composer\.json|(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?|.*\.sh)$/;
/** It fails, and nobody hears of it. */
const unheard = [
  new RegExp(String.raw`\b${check}[^&;|]*(?:\|\|\s*(?:true|:|exit 0|echo)(?![\w-])|;\s*(?:true|exit 0)(?![\w-]))`),
  new RegExp(String.raw`^\t-\s*@?(?:[\w./-]+/)?${check}`),
  /--passWithNoTests\b|\bpassWithNoTests["']?\s*:\s*true|--exit-zero\b|--(?:deselect|testPathIgnorePatterns)[ =]|--ignore=\S*test\w*\.py\b/,
  /<(?:maven\.test\.skip|skipTests|skipITs|maven\.test\.failure\.ignore|testFailureIgnore)>\s*true|\bignoreFailures\s*=\s*true|-D(?:maven\.test\.skip|skipTests)\b/,
];
const script = /^\s*"((?:test|lint|typecheck|check)[\w:-]*)"\s*:\s*"(.*)"/;
const idle = /^(?:echo\b[^&|;]*|true|:|exit 0)$/;

const configures =
  /^(?:vitest|vite|jest|karma|playwright|cypress|ava|\.?mocharc|pytest|pyproject|setup|tox|phpunit|package|\.?nycrc|\.?c8rc|\.?coveragerc)\b/;
const leavesOut =
  /\b(?:exclude|testPathIgnorePatterns|testIgnore|coveragePathIgnorePatterns|collect_ignore|omit|ignore)\b/;
/** One file by its name, not a pattern of many. */
const named = /["'\s/]([\w./-]+\.(?:[cm]?[jt]sx?|py|rb|php))(?=["'\s,\]]|$)/g;
const test = /(?:\.|_|-)(?:test|spec)\.|(?:^|\/)test_/;

/** Commands and lists that let a failure pass, or leave out what would fail. */
export const loosenedCommands: Guard = ({ files }) =>
  files
    .filter(({ status }) => status === "changed" || status === "renamed")
    .flatMap((file) => {
      const name = posix.basename(file.path);
      return [
        ...(runs.test(name) ? [...unheardOf(file), ...idleScripts(file)] : []),
        ...(configures.test(name) ? leftOut(file, files) : []),
      ];
    });

function unheardOf(file: FileDiff): readonly GuardFinding[] {
  const lines = new Set(unheard.flatMap((pattern) => gained(file, pattern)));
  return [...lines].map((line) => found(file, line, "blocks", `${quoteCode(line.text)} lets failed checks pass`));
}

function idleScripts(file: FileDiff): readonly GuardFinding[] {
  const were = new Map(removed(file).map(({ text }) => [script.exec(text)?.[1], script.exec(text)?.[2] ?? ""]));
  return added(file).flatMap((line) => {
    const [, name, now = ""] = script.exec(line.text) ?? [];
    const was = name === undefined ? undefined : were.get(name);
    if (was === undefined || !idle.test(now) || idle.test(was.replace(/ && exit 1$/, ""))) return [];
    return [found(file, line, "blocks", `${quoteCode(line.text)} checks nothing any more`)];
  });
}

/** A test by its name, or code of this change that nobody would count any more. */
function leftOut(file: FileDiff, files: readonly FileDiff[]): readonly GuardFinding[] {
  const all = file.lines.filter(({ mark }) => mark !== "-");
  return added(file).flatMap((line) => {
    const names = [...line.text.matchAll(named)].map(([, name = ""]) => name).filter(isSource);
    if (names.length === 0) return [];
    const at = all.indexOf(line);
    const above = all.slice(Math.max(at - 3, 0), at).map(({ text }) => text);
    const inList = above.findLast((text) => /[[(]\s*$/.test(text));
    if (!leavesOut.test(line.text) && !(inList !== undefined && leavesOut.test(inList))) return [];
    const own = names.find((name) => files.some(({ path }) => path === name || path.endsWith(`/${name}`)));
    if (names.some((name) => test.test(name))) {
      return [found(file, line, "blocks", `${quoteCode(line.text)} leaves out a test by its name`)];
    }
    if (own === undefined) return [];
    return [found(file, line, "draft", `${quoteCode(line.text)} leaves out code of this change`)];
  });
}

function found({ path }: FileDiff, line: DiffLine, severity: GuardFinding["severity"], text: string): GuardFinding {
  return { rule: "loosened-checks", severity, file: path, line: line.n, text };
}
