import { added, after, before, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { heldBy } from "./conditional-tests.ts";
import { isExact, isTrivial, isVague } from "./expectation-words.ts";
import type { Guard } from "./guard-rule.ts";
import { mentions, removedNames } from "./removed-names.ts";
import { withoutStrings } from "./rigged-runs.ts";
import { assertionsOf, asserts, pairs, type TestCase, testCasesOf } from "./test-cases.ts";
import { isTestPath, type TestLanguage, testLanguageOf } from "./test-language.ts";

const leaves =
  /^\s*return(?:\s+(?:None|nil|undefined))?\s*;?\s*(?:(?:\/\/|#).*)?$|\b(?:process\.exit|sys\.exit|os\._exit|os\.Exit|std::process::exit)\(\s*0?\s*\)/;
const rigged = /pytest_runtest_makereport|\.outcome\s*=\s*["']passed["']|\bdef\s+__eq__\(self, other\):\s*return True/;

/** Existing tests that prove less than before. */
export const weakenedTests: Guard = ({ files }) => {
  const gone = removedNames(files);
  const inCases = testCasesOf(files).flatMap((cases) =>
    pairs(cases).flatMap(([old, now]) => {
      const text = weakening(old, now, cases.language, gone);
      return text === undefined ? [] : [found(cases.file, now.lines[0], text)];
    }),
  );
  const hidden = files
    .filter((file) => file.status !== "added" && file.status !== "deleted" && testLanguageOf(file) !== undefined)
    .filter(({ kind }) => kind !== "text")
    .map((file) => found(file, undefined, ["blocks", "nobody can read these tests any more: the file is no text"]));
  return [
    ...hidden,
    ...inCases,
    ...helperFindings(files, gone),
    ...files.filter(isTest).flatMap((file) => [...lineFindings(file), ...changedValues(file)]),
  ];
};

function found({ path }: FileDiff, line: DiffLine | undefined, [severity, text]: Weakening): GuardFinding {
  return { rule: "weakened-tests", severity, file: path, line: line?.n ?? null, text };
}

type Weakening = readonly [severity: GuardFinding["severity"], text: string];

function weakening(
  old: TestCase,
  now: TestCase,
  language: TestLanguage,
  gone: ReadonlySet<string>,
): Weakening | undefined {
  const [were, are] = [assertionsOf(old, language), assertionsOf(now, language)];
  const lost = were.filter(({ mark }) => mark === "-");
  const fresh = are.filter(({ mark }) => mark === "+");
  const name = quoteCode(now.name);
  if (
    now.lines.some((line) => line.mark === "+" && leaves.test(withoutStrings(line))) &&
    language.assertion.test(textOf(now))
  ) {
    return ["blocks", `the test ${name} ends before it has checked what it did`];
  }
  if (lost.length === 0 || mentions(lost, gone)) return undefined;
  if (are.length === 0) return ["blocks", `the test ${name} expects nothing any more`];
  if (fresh.length === 0)
    return ["blocks", `the test ${name} has ${told(lost.length, "expectation")} less than before`];
  const held = heldBy(now.lines, language);
  if (held.includes("if")) return ["blocks", `the test ${name} expects something only under a condition now`];
  if (held.includes("later")) return ["blocks", `the test ${name} expects something only after it has ended`];
  const exactly = (lines: readonly DiffLine[]) => lines.filter(({ text }) => isExact(text)).length;
  const vaguely = fresh.filter(({ text }) => isVague(text)).length;
  if (vaguely > 0 && exactly(lost) > exactly(fresh)) {
    return ["blocks", `the test ${name} says less exactly than before what it expects`];
  }
  if (are.length < were.length) {
    return ["note", `the test ${name} has fewer expectations than before (${were.length}, now ${are.length})`];
  }
  return undefined;
}

/** What several tests share: it stands in front of the first one, or in a file without any. */
function helperFindings(files: readonly FileDiff[], gone: ReadonlySet<string>): readonly GuardFinding[] {
  const kept = files.flatMap(added).map(({ text }) => text);
  return files
    .filter((file) => isTest(file) && file.status !== "added" && file.status !== "deleted")
    .flatMap((file) => {
      const language = testLanguageOf(file);
      if (language === undefined) return [];
      const shared = (lines: readonly DiffLine[], mark: "+" | "-") => {
        const first = lines.findIndex(({ text }) => language.test.test(text));
        const some = first === -1 ? lines : lines.slice(0, first);
        return some.filter((line) => line.mark === mark && asserts(line.text, language));
      };
      const lost = shared(before(file), "-").filter(
        ({ text }) => !kept.some((other) => other.includes(saidIn(text, language))),
      );
      const fresh = shared(after(file), "+");
      if (lost.length === 0 || fresh.length > 0 || mentions(lost, gone)) return [];
      return [
        found(file, undefined, [
          "blocks",
          `what its tests share has ${told(lost.length, "expectation")} less than before`,
        ]),
      ];
    });
}

/** What a line expects, wherever in it that begins. */
function saidIn(text: string, { assertion }: TestLanguage): string {
  return text.slice(text.search(assertion)).replace(/[\s;,)}\]]+$/, "");
}

function lineFindings(file: FileDiff): readonly GuardFinding[] {
  return added(file).flatMap((line) => {
    if (isTrivial(line.text))
      return [found(file, line, ["blocks", `${quoteCode(line.text)} holds whatever the code does`])];
    if (!rigged.test(line.text)) return [];
    return [found(file, line, ["blocks", `${quoteCode(line.text)} decides by itself what the tests say`])];
  });
}

/** As Go and plain JavaScript say it: what follows fails the test. */
const compared = /^\s*if\b.*(?:!=|==)/;

/** The same line with another value: right where behaviour was to change, and worth a look. */
function changedValues(file: FileDiff): readonly GuardFinding[] {
  const language = testLanguageOf(file);
  const shape = ({ text }: DiffLine) =>
    text.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`|-?\b[\d.]+\b|\b(?:true|false|True|False)\b/g, "…").trim();
  if (language === undefined) return [];
  const says = ({ text }: DiffLine) => asserts(text, language) || compared.test(text);
  const were = new Set(removed(file).filter(says).map(shape));
  const first = added(file).find((line) => were.has(shape(line)) && says(line));
  if (first === undefined) return [];
  return [found(file, first, ["note", `expects another value than before: ${quoteCode(first.text)}`])];
}

function isTest(file: FileDiff): boolean {
  return isTestPath(file.path);
}

function textOf({ lines }: TestCase): string {
  return lines.map(({ text }) => text).join("\n");
}

function told(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
