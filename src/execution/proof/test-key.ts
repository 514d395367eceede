import type { TestResult } from "../../domain/test-result.ts";

export type NamedTest = Pick<TestResult, "name" | "file" | "suite">;

/** What makes two results those of one test. */
export function keyOf({ suite = "", file = "", name }: NamedTest): string {
  return `${suite}\n${file}\n${name}`;
}

/** The same without the file, which some runners tell of a failed test only. */
export function nameKeyOf({ suite = "", name }: NamedTest): string {
  return `${suite}\n${name}`;
}

/** For people. */
export function titleOf({ suite, file, name }: NamedTest): string {
  return [suite, file === name ? undefined : file, name].filter((part) => part !== undefined).join(": ");
}
