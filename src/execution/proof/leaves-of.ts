import type { TestResult } from "../../domain/test-result.ts";
import { nameKeyOf } from "./test-key.ts";

/** A group that failed only because a test in it did says nothing more. */
export function leavesOf<Test extends Pick<TestResult, "name" | "suite">>(tests: readonly Test[]): readonly Test[] {
  const groups = new Set(
    tests.flatMap(({ name, suite }) => {
      const parts = name.split(" > ").slice(0, -1);
      return parts.map((_, index) => nameKeyOf({ suite, name: parts.slice(0, index + 1).join(" > ") }));
    }),
  );
  return tests.filter((test) => !groups.has(nameKeyOf(test)));
}
