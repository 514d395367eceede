import { posix } from "node:path";
import { added, after, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { indentOf } from "./conditional-tests.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { asserts, pairs, type TestCase, testCasesOf } from "./test-cases.ts";
import { isSource, isTestPath, stemOf, type TestLanguage, testLanguageOf } from "./test-language.ts";

/** They are tried again until they pass once. */
const retried =
  /\bjest\.retryTimes\(|\bthis\.retries\(|^\s*@(?:pytest\.mark\.)?flaky\b|@RetryingTest\b|@RepeatedIfExceptionsTest\b|\bflaky_test\b/;
const emptyCatch = /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}|^\s*rescue\b.*(?:nil|;\s*end)\s*$/;
const catching =
  /^\s*except(?:\s+\(?(?:AssertionError|Exception|BaseException)\b.*)?\s*:\s*(?:#.*)?$|\bcatch\s*(?:\([^)]*\))?\s*\{\s*$/;
/** What does not fail anything: nothing, a remark, a line in a log. */
const quiet =
  /^\s*(?:pass|\.\.\.|return;?|(?:\/\/|#).*|(?:console|log|logger|logging|System\.out|System\.err|fmt)\.\w+(?:\.\w+)?\(.*|(?:print|puts|println!?|warnings\.warn)\b.*)\s*$/;
const mocked =
  /\b(?:vi|jest)\.(?:do)?[mM]ock\(\s*(?:import\(\s*)?["'`]([^"'`]+)["'`]|\bmock\.module\(\s*["'`]([^"'`]+)["'`]/;
const partly = /importActual|requireActual|importOriginal/;
const mockLines = 6;

/** Tests that still say what they said, and no longer fail by it. */
export const tamedTests: Guard = ({ files }) => [
  ...testCasesOf(files).flatMap((cases) =>
    pairs(cases).flatMap(([old, now]) => {
      const text = taming(old, now, cases.language);
      const name = quoteCode(now.name);
      return text === undefined ? [] : [found(cases.file, now.lines[0], "blocks", `the test ${name} ${text}`)];
    }),
  ),
  ...files
    .filter((file) => isTestPath(file.path) && file.status !== "added")
    .flatMap((file) => [
      ...gained(file, retried).map((line) =>
        found(file, line, "draft", `${quoteCode(line.text)} runs a failed test until it passes`),
      ),
      ...mocks(file),
      ...patches(file),
    ]),
];

function taming({ lines: old }: TestCase, { lines: now }: TestCase, language: TestLanguage): string | undefined {
  const catches = (lines: readonly DiffLine[]) => lines.filter((_, at) => swallows(lines, at, language)).length;
  if (catches(now) > catches(old)) return "swallows its own failure";
  const fresh = now.filter(({ mark }) => mark === "+").map(({ text }) => text.trim());
  if (fresh.some((text) => /^#\[should_panic\]$/.test(text)) && old.every(({ mark }) => mark === " ")) {
    return "has to fail now, and says the same as before";
  }
  const lost = old.filter(({ mark }) => mark === "-").map(({ text }) => text.trim());
  if (fresh.some((text) => lost.some((was) => isNarrower(text, was)))) return "fails only under a further condition";
  const isLeft = lost.some(
    (text) =>
      /\.(?:rejects|resolves)\b/.test(text) &&
      fresh.includes(text.replace(/^await\s+/, "")) &&
      text.startsWith("await"),
  );
  return isLeft ? "does not wait any more for what it expects" : undefined;
}

/** `if got != want && …`: what stands below fails the test. */
function isNarrower(now: string, was: string): boolean {
  const of = (text: string) => /^if\s*\(?(.*?)\)?\s*\{?$/.exec(text)?.[1]?.trim();
  const [old, fresh] = [of(was), of(now)];
  if (old === undefined || fresh === undefined || old === "" || !/[!=<>]=|[<>]/.test(old)) return false;
  return fresh.startsWith(`${old} && `) || fresh.endsWith(` && ${old}`);
}

/** What is only tidied up may fail; what is expected may not. */
function swallows(lines: readonly DiffLine[], at: number, language: TestLanguage): boolean {
  const text = lines[at]?.text ?? "";
  if (!emptyCatch.test(text) && !(catching.test(text) && isQuiet(lines, at))) return false;
  const tried = lines.slice(0, at + 1);
  const from = tried.findLastIndex((line) => /\b(?:try|begin)\b/.test(line.text));
  return tried.slice(Math.max(from, 0)).some((line) => asserts(line.text, language));
}

/** Whether all that stands under a line fails nothing. */
function isQuiet(lines: readonly DiffLine[], at: number): boolean {
  const own = indentOf(lines[at]?.text ?? "");
  const below = lines.slice(at + 1);
  const end = below.findIndex(({ text }) => text.trim() !== "" && indentOf(text) <= own);
  return below.slice(0, end === -1 ? below.length : end).every(({ text }) => text.trim() === "" || quiet.test(text));
}

/** `cart.test.js` that puts something else in place of `cart.js`. */
function mocks(file: FileDiff): readonly GuardFinding[] {
  const lines = after(file);
  return added(file).flatMap((line) => {
    const [, ofRunner, ofNode] = mocked.exec(line.text) ?? [];
    const path = ofRunner ?? ofNode ?? "";
    if (!path.startsWith(".") || stemOf(path) !== stemOf(file.path)) return [];
    const at = lines.indexOf(line);
    const isPart = lines.slice(at, at + mockLines).some(({ text }) => partly.test(text));
    if (isPart || !(isSource(path) || posix.extname(path) === "")) return [];
    return [found(file, line, "draft", `${quoteCode(line.text)} puts something else in place of what is tested`)];
  });
}

const patched =
  /\bpatch(?:\.object)?\(\s*(?:[\w.]+\s*,\s*)?["'](?:[\w.]*\.)?(\w+)["']|\bmonkeypatch\.setattr\(\s*(?:[\w.]+\s*,\s*)?["'](?:[\w.]*\.)?(\w+)["']|\b(?:vi|jest|sinon|mock)\.(?:spyOn|stub|method)\(\s*[\w.]+\s*,\s*["'`](\w+)["'`]/;
const replacing =
  /\bpatch|setattr|stub|mock\.method|mock(?:Return|Resolved|Rejected|Implementation)|\.returns\(|callsFake/;

/** A function whose answer is put in its place, in the test that looks at that answer. */
function patches(file: FileDiff): readonly GuardFinding[] {
  const lines = after(file);
  const language = testLanguageOf(file);
  if (language === undefined) return [];
  const at = new Map(lines.map((line, index) => [line, index]));
  const starts = lines.flatMap(({ text }, index) => (language.test.test(text) ? [index] : []));
  const asserted = lines.flatMap(({ text }, index) => (asserts(text, language) ? [{ text, index }] : []));
  return added(file).flatMap((line) => {
    const [, byName, bySetting, bySpy] = patched.exec(line.text) ?? [];
    const name = byName ?? bySetting ?? bySpy;
    if (name === undefined || !replacing.test(line.text)) return [];
    const from = (at.get(line) ?? 0) + 1;
    const next = starts.findIndex((start) => start >= from);
    const end = next === -1 ? undefined : starts[/^\s*@/.test(line.text) ? next + 1 : next];
    const calls = new RegExp(`\\b${name}\\(`);
    const isIn = (index: number) => index >= from && (end === undefined || index < end);
    if (!asserted.some(({ text, index }) => isIn(index) && calls.test(text))) return [];
    return [found(file, line, "draft", `${quoteCode(line.text)} puts something else in place of what is tested`)];
  });
}

function found(
  { path }: FileDiff,
  line: DiffLine | undefined,
  severity: GuardFinding["severity"],
  text: string,
): GuardFinding {
  return { rule: "weakened-tests", severity, file: path, line: line?.n ?? null, text };
}
