import { after, before, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import { type TestLanguage, testLanguageOf } from "./test-language.ts";

export interface TestCase {
  readonly name: string;
  /** From its first line to where the next test begins. */
  readonly lines: readonly DiffLine[];
}

/** The tests of a file on both sides of a change. */
export interface TestCases {
  readonly file: FileDiff;
  readonly language: TestLanguage;
  readonly before: readonly TestCase[];
  readonly after: readonly TestCase[];
}

export function testCasesOf(files: readonly FileDiff[]): readonly TestCases[] {
  return files.flatMap((file) => {
    const language = testLanguageOf(file);
    if (language === undefined || file.lines.length === 0) return [];
    return [{ file, language, before: casesIn(before(file), language), after: casesIn(after(file), language) }];
  });
}

/** Tests of the same name on both sides. */
export function pairs({ before, after }: TestCases): readonly (readonly [before: TestCase, after: TestCase])[] {
  const byName = new Map(after.map((it) => [it.name, it]));
  return before.flatMap((old) => {
    const now = byName.get(old.name);
    return now === undefined ? [] : [[old, now] as const];
  });
}

export function assertionsOf({ lines }: TestCase, language: TestLanguage): readonly DiffLine[] {
  return lines.filter(({ text }) => asserts(text, language));
}

/** Not by what is only said in a string, as in `it("should …")`. */
export function asserts(line: string, { assertion }: TestLanguage): boolean {
  return !comment.test(line) && assertion.test(line.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '""'));
}

/** Not Rust's `#[…]`, which says something. */
const comment = /^\s*(?:\/\/|#(?!\[)|\*|\/\*|--)/;
const nameWithin = 5;

function casesIn(lines: readonly DiffLine[], { test, name }: TestLanguage): readonly TestCase[] {
  const starts = lines.flatMap(({ text }, at) => (test.test(text) ? [at] : []));
  const seen = new Map<string, number>();
  return starts.map((start, index) => {
    const body = lines.slice(start, starts[index + 1]);
    const found = body.slice(0, nameWithin).map(({ text }) => name.exec(text));
    const match = found.find((it) => it !== null);
    const called = match?.[1] ?? match?.[2] ?? body[0]?.text.trim() ?? "";
    const times = (seen.get(called) ?? 0) + 1;
    seen.set(called, times);
    return { name: times === 1 ? called : `${called} (${times})`, lines: body };
  });
}
