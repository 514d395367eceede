import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { mentions, removedNames } from "./removed-names.ts";
import { withoutStrings } from "./rigged-runs.ts";
import { assertionsOf, asserts, pairs, type TestCase, testCasesOf } from "./test-cases.ts";
import { isTestPath, type TestLanguage, testLanguageOf } from "./test-language.ts";

const literal = String.raw`(?:true|True|false|False|null|None|nil|\d+|"[^"]*"|'[^']*')`;
/** It holds whatever the code does. */
const trivial = [
  new RegExp(
    String.raw`\bexpect\(\s*(${literal}|[\w.]+)\s*\)\.(?:to\.)?(?:toBe|toEqual|toStrictEqual|equal|eql|eq|be)\(?\s*\1\s*\)`,
  ),
  /\bexpect\(\s*(?:true|1)\s*\)\.(?:toBeTruthy|to\.be\.(?:ok|true))/,
  /^\s*assert\s+(?:True|1|not\s+False)\s*(?:,|#|$)/,
  new RegExp(String.raw`^\s*assert\s+(${literal}|[\w.]+)\s*==\s*\1\s*(?:,|#|$)`),
  /^\s*assert\b.*\bor\s+True\b/,
  /\b(?:assert|assert\.ok|assertTrue|Assert\.(?:True|IsTrue)|XCTAssertTrue|XCTAssert|assert!|ASSERT_TRUE|EXPECT_TRUE)\(\s*(?:true|True|1)\s*[,)]/,
  /\bassert(?:\.\w+)?\(\s*t\s*,\s*true\s*[,)]|\b(?:assert|require)\.True\(\s*t\s*,\s*true\b/,
  new RegExp(
    String.raw`\b(?:assert\w*|Assert\.\w*Equal|assert\.\w*[eE]qual|assert_eq!|ASSERT_EQ|EXPECT_EQ|XCTAssertEqual)\(\s*(?:t\s*,\s*)?(${literal}|[\w.]+)\s*,\s*\1\s*[,)]`,
  ),
  /^\s*(?:assert|refute)\s+(?:true|nil)\s*$/,
];
const trueOrFalse = /\b(?:true|false|True|False|null|None|nil|undefined)\b/;
/** Says what it expects. */
const exact =
  /\.(?:toBe|toEqual|toStrictEqual|toMatchObject|toHaveLength|toContain|toMatch|toHaveBeenCalledWith|eql?|equal|deep\w*|strictEqual)\(|\bassert\s+.+(?:==|\bin\b|<|>)|\bassert\w*(?:Equals?|Same|In|That)\b|\b(?:assert|require)\.(?:Equal|Len|Contains|ElementsMatch|EqualError)|assert_eq!|\b(?:assert_equal|eq\()|_EQ\(|XCTAssertEqual/;
/** Says only that there is something. */
const vague =
  /\.(?:toBeDefined|toBeTruthy|toBeFalsy|not\.toBe(?:Null|Undefined)|not\.toThrow|toBeInstanceOf|exist|ok)\b|expect\.anything\(|\bassert\s+[\w.()[\]"']+\s*(?:is\s+not\s+None)?\s*(?:#.*)?$|\bassert\w*(?:NotNull|IsNotNone|IsInstance|NotNil)\b|\b(?:assert|require)\.(?:NotNil|NoError|NotEmpty|True)\b|\bassertTrue\(|assert!\(.*\.is_(?:ok|some)\(\)|XCTAssertNotNil|\b(?:refute_nil|be_truthy|be_present)\b/;
const leaves =
  /^\s*(?:return;?|return\s+(?:None|nil|undefined);?)\s*$|\b(?:process\.exit|sys\.exit|os\._exit|os\.Exit|std::process::exit)\(\s*0?\s*\)/;
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
  const exactly = (lines: readonly DiffLine[]) =>
    lines.filter(({ text }) => exact.test(text) && !trueOrFalse.test(text)).length;
  const vaguely = fresh.filter(({ text }) => vague.test(text) && !exact.test(text)).length;
  if (vaguely > 0 && exactly(lost) > exactly(fresh)) {
    return ["blocks", `the test ${name} says less exactly than before what it expects`];
  }
  if (are.length < were.length) {
    return ["note", `the test ${name} has fewer expectations than before (${were.length}, now ${are.length})`];
  }
  return undefined;
}

function lineFindings(file: FileDiff): readonly GuardFinding[] {
  return added(file).flatMap((line) => {
    const isTrivial = trivial.some((pattern) => pattern.test(line.text)) && !/^\s*(?:\/\/|#|\*)/.test(line.text);
    if (isTrivial) return [found(file, line, ["blocks", `${quoteCode(line.text)} holds whatever the code does`])];
    if (!rigged.test(line.text)) return [];
    return [found(file, line, ["blocks", `${quoteCode(line.text)} decides by itself what the tests say`])];
  });
}

/** The same line with another value: right where behaviour was to change, and worth a look. */
function changedValues(file: FileDiff): readonly GuardFinding[] {
  const language = testLanguageOf(file);
  const shape = ({ text }: DiffLine) =>
    text.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`|-?\b[\d.]+\b|\b(?:true|false|True|False)\b/g, "…").trim();
  if (language === undefined) return [];
  const were = new Set(
    removed(file)
      .filter(({ text }) => asserts(text, language))
      .map(shape),
  );
  const first = added(file).find((line) => were.has(shape(line)) && asserts(line.text, language));
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
