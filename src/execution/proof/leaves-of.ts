import type { TestResult } from "../../domain/test-result.ts";

/** A group that failed only because a test in it did says nothing more. */
export function leavesOf<Test extends Pick<TestResult, "name">>(tests: readonly Test[]): readonly Test[] {
  const groups = new Set(
    tests.flatMap(({ name }) => {
      const parts = name.split(" > ").slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join(" > "));
    }),
  );
  return tests.filter(({ name }) => !groups.has(name));
}
