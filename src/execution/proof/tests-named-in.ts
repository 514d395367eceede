import { posix } from "node:path";
import type { TestResult } from "../../domain/test-result.ts";

/** Shorter names are words that a ticket may hold by chance. */
const leastChars = 8;

/** The tests that a ticket speaks of: by what they are called, or by the file that they stand in. */
export function testsNamedIn(text: string, tests: readonly TestResult[]): readonly TestResult[] {
  const words = plain(text);
  const has = (name: string) => name.length >= leastChars && ` ${words} `.includes(` ${name} `);
  return tests.filter(({ name, file }) => {
    const leaf = name.split(" > ").at(-1) ?? name;
    // Parameters stand in brackets.
    const names = [name, leaf, leaf.replace(/\[.*\]$/, "")];
    const files = file === undefined || !/\.\w+$/.test(file) ? [] : [file, posix.basename(file)];
    return [...names, ...files].some((one) => has(plain(one)));
  });
}

/** Words and their order, however they are set: `a bill > is rounded` is said as "a bill is rounded" or `a bill › is rounded`. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_./[\]-]+/gu, " ")
    .replaceAll(/[.](?=\s|$)/g, "")
    .trim();
}
