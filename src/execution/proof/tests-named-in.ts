import { posix } from "node:path";
import type { TestResult } from "../../domain/test-result.ts";
import { plainWords } from "./plain-words.ts";
import { withoutWaivedTests } from "./without-waived-tests.ts";

/** Shorter names are words that a ticket may hold by chance. */
const leastChars = 8;

/** The tests that a ticket asks for: by what they are called, or by the file that they stand in. What it says to leave alone is none. */
export function testsNamedIn(text: string, tests: readonly TestResult[]): readonly TestResult[] {
  const words = plainWords(withoutWaivedTests(text, tests.flatMap(namesOf)));
  return tests.filter((test) => namesOf(test).some((name) => ` ${words} `.includes(` ${name} `)));
}

function namesOf({ name, file }: TestResult): readonly string[] {
  const leaf = name.split(" > ").at(-1) ?? name;
  // Parameters stand in brackets.
  const names = [name, leaf, leaf.replace(/\[.*\]$/, "")];
  const files = file === undefined || !/\.\w+$/.test(file) ? [] : [file, posix.basename(file)];
  return [...names, ...files].map(plainWords).filter(({ length }) => length >= leastChars);
}
