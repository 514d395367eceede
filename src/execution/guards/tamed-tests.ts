import { posix } from "node:path";
import { added, after, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { asserts, pairs, type TestCase, testCasesOf } from "./test-cases.ts";
import { isSource, isTestPath, stemOf, type TestLanguage } from "./test-language.ts";

/** They are tried again until they pass once. */
const retried =
  /\bjest\.retryTimes\(|\bthis\.retries\(|^\s*@(?:pytest\.mark\.)?flaky\b|@RetryingTest\b|@RepeatedIfExceptionsTest\b|\bflaky_test\b/;
const emptyCatch = /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}|^\s*rescue\b.*(?:nil|;\s*end)\s*$/;
const catching =
  /^\s*except(?:\s+\(?(?:AssertionError|Exception|BaseException)\b.*)?\s*:\s*(?:#.*)?$|\bcatch\s*(?:\([^)]*\))?\s*\{\s*$/;
const nothing = /^\s*(?:pass|\.\.\.|\}|(?:\/\/|#).*)\s*$/;
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
  const isLeft = lost.some(
    (text) =>
      /\.(?:rejects|resolves)\b/.test(text) &&
      fresh.includes(text.replace(/^await\s+/, "")) &&
      text.startsWith("await"),
  );
  return isLeft ? "does not wait any more for what it expects" : undefined;
}

/** What is only tidied up may fail; what is expected may not. */
function swallows(lines: readonly DiffLine[], at: number, language: TestLanguage): boolean {
  const [text = "", next = ""] = [lines[at]?.text, lines[at + 1]?.text];
  if (!emptyCatch.test(text) && !(catching.test(text) && nothing.test(next))) return false;
  const tried = lines.slice(0, at + 1);
  const from = tried.findLastIndex((line) => /\b(?:try|begin)\b/.test(line.text));
  return tried.slice(Math.max(from, 0)).some((line) => asserts(line.text, language));
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

function found(
  { path }: FileDiff,
  line: DiffLine | undefined,
  severity: GuardFinding["severity"],
  text: string,
): GuardFinding {
  return { rule: "weakened-tests", severity, file: path, line: line?.n ?? null, text };
}
