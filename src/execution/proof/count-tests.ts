import type { TestCounts } from "../../domain/evidence.ts";

/** How each runner prints its totals. A run may hold several, one for each package of a monorepo: they add up. */
const runners: readonly ((text: string) => TestCounts | null)[] = [
  nodeTest,
  vitestOrJest,
  mocha,
  pytest,
  cargo,
  surefire,
];

/** Totals stand at the end; the rest may be anything that a repository prints. */
const maxChars = 65_536;

/** The totals that a test runner printed; `null` when none of the known ones did. */
export function countTests(output: string): TestCounts | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with ESC
  const text = output.slice(-maxChars).replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, "");
  return sumOf(runners.map((read) => read(text)));
}

/** `null` where none of them counts. */
export function sumOf(several: readonly (TestCounts | null)[]): TestCounts | null {
  return several.reduce((sum, counts) => {
    if (sum === null || counts === null) return sum ?? counts;
    const { passed, failed, skipped } = counts;
    return { passed: sum.passed + passed, failed: sum.failed + failed, skipped: sum.skipped + skipped };
  }, null);
}

/** node:test, TAP (`# pass 3`) and spec (`ℹ pass 3`). */
function nodeTest(text: string): TestCounts | null {
  const total = (word: string) => sumNumbers(text, new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "gm"));
  const [passed, failed] = [total("pass"), total("fail")];
  if (passed === null || failed === null) return null;
  return {
    passed,
    failed: failed + (total("cancelled") ?? 0),
    skipped: (total("skipped") ?? 0) + (total("todo") ?? 0),
  };
}

/** `Tests  1 failed | 3 passed (4)` and `Tests:       1 failed, 3 passed, 4 total`. */
function vitestOrJest(text: string): TestCounts | null {
  return sumWords(text, /^[ \t]*Tests:?[ \t]+([^\n]*)$/gm);
}

function mocha(text: string): TestCounts | null {
  const passed = sumNumbers(text, /^[ \t]*(\d+) passing\b/gm);
  if (passed === null) return null;
  return {
    passed,
    failed: sumNumbers(text, /^[ \t]*(\d+) failing\b/gm) ?? 0,
    skipped: sumNumbers(text, /^[ \t]*(\d+) pending\b/gm) ?? 0,
  };
}

/** `=== 1 failed, 3 passed, 1 skipped in 0.12s ===`, with or without the rules. */
function pytest(text: string): TestCounts | null {
  return sumWords(text, /^=*[ \t]*((?:\d+ \w+,? ){1,20})in [\d.]+s/gm);
}

/** One line a test binary; they add up. */
function cargo(text: string): TestCounts | null {
  const lines = [...text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  if (lines.length === 0) return null;
  const sum = (group: number) => lines.reduce((total, match) => total + Number(match[group]), 0);
  return { passed: sum(1), failed: sum(2), skipped: sum(3) };
}

/** One line a module, after one for each class that says how long it took. */
function surefire(text: string): TestCounts | null {
  const lines = [...text.matchAll(/\bTests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)[ \t]*$/gm)];
  if (lines.length === 0) return null;
  const sum = (group: number) => lines.reduce((total, match) => total + Number(match[group]), 0);
  const [failed, skipped] = [sum(2) + sum(3), sum(4)];
  return { passed: Math.max(sum(1) - failed - skipped, 0), failed, skipped };
}

/** Of the lines that say something of tests. */
function sumWords(text: string, pattern: RegExp): TestCounts | null {
  return sumOf([...text.matchAll(pattern)].map(([, line]) => fromWords(line ?? "")));
}

function fromWords(line: string): TestCounts | null {
  const number = (...words: string[]) =>
    words.reduce((sum, word) => sum + Number(new RegExp(`(\\d+) ${word}\\b`).exec(line)?.[1] ?? 0), 0);
  const counts = {
    passed: number("passed"),
    failed: number("failed", "errors?"),
    skipped: number("skipped", "todo", "pending"),
  };
  return counts.passed + counts.failed + counts.skipped === 0 ? null : counts;
}

function sumNumbers(text: string, pattern: RegExp): number | null {
  const numbers = [...text.matchAll(pattern)].map(([, number]) => Number(number));
  return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number);
}
