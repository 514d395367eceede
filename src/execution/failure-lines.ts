import type { Evidence, Regression } from "../domain/evidence.ts";
import type { TestResult } from "../domain/test-result.ts";
import { quoteCode } from "./quote-code.ts";

const maxNames = 20;

/** The tests that a reviewer should know by name: those that failed, told apart, and those that show a bug. */
export function failureLines({ failures, regression }: NonNullable<Evidence>): readonly string[] {
  return [
    ...(failures === undefined
      ? []
      : [
          ...list("Fail with the change and not on the base", leavesOf(failures.broken)),
          ...list("Named by the ticket, and still red", leavesOf(failures.asked ?? [])),
          ...list("Failed once and passed once with the change: flaky, and not counted", leavesOf(failures.flaky)),
          ...list("Fail on the base as well, and are not counted", leavesOf(failures.known_red)),
        ]),
    ...(regression === undefined ? [] : regressionLines(regression)),
  ];
}

/** A group that failed only because a test in it did says nothing more. */
export function leavesOf(tests: readonly TestResult[]): readonly TestResult[] {
  const groups = new Set(
    tests.flatMap(({ name }) => {
      const parts = name.split(" > ").slice(0, -1);
      return parts.map((_, index) => parts.slice(0, index + 1).join(" > "));
    }),
  );
  return tests.filter(({ name }) => !groups.has(name));
}

function regressionLines({ tests, shown, files }: Regression): readonly string[] {
  const on = (base: "passed" | "failed") => tests.filter((test) => test.base === base);
  if (shown && tests.length === 0) return ["The tests of the change fail on the base and pass with it.", ""];
  const none = files.length === 0 ? "it brings none" : "those that it brings pass without it";
  return [
    ...(shown ? [] : [`No test of the change shows the bug: ${none}.`, ""]),
    ...list(
      "Red on the base, green with the change",
      leavesOf(on("failed").map((test) => ({ ...test, status: "failed" }))),
    ),
    ...list("New, and green on both", leavesOf(on("passed").map((test) => ({ ...test, status: "passed" })))),
  ];
}

function list(title: string, tests: readonly TestResult[]): readonly string[] {
  if (tests.length === 0) return [];
  const left = tests.length - maxNames;
  return [
    `${title}:`,
    "",
    ...tests
      .slice(0, maxNames)
      .map(({ name, file }) => `- ${quoteCode(file === undefined || name === file ? name : `${file}: ${name}`)}`),
    ...(left > 0 ? [`- and ${left} more`] : []),
    "",
  ];
}
