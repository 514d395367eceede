import { z } from "zod";
import { parseJson } from "../../../domain/parse-json.ts";
import type { TestResult } from "../../../domain/test-result.ts";

const event = z.looseObject({
  Action: z.string(),
  Package: z.string(),
  Test: z.string().optional(),
  Output: z.string().optional(),
  Elapsed: z.number().nonnegative().optional(),
});
const statuses: Readonly<Record<string, TestResult["status"]>> = { pass: "passed", fail: "failed", skip: "skipped" };

/** `go test -json`: an event a line. */
export function readGoJson(lines: readonly string[]): readonly TestResult[] {
  const tests: TestResult[] = [];
  const printed = new Map<string, string>();
  for (const line of lines) {
    if (!line.startsWith('{"')) continue;
    const { data } = event.safeParse(parseJson(line));
    if (data === undefined) continue;
    const { Package: file, Test: test, Action: action } = data;
    const key = `${file} ${test ?? ""}`;
    if (action === "output") printed.set(key, ((printed.get(key) ?? "") + (data.Output ?? "")).slice(0, 4000));
    const status = statuses[action];
    if (status === undefined || (test === undefined && !isUntold(status, file, tests))) continue;
    const why = status === "failed" ? { message: (printed.get(key) ?? "").trim() } : {};
    const name = test?.replaceAll("/", " > ") ?? "the package";
    tests.push({ name, file, status, duration_ms: (data.Elapsed ?? 0) * 1000, ...why });
  }
  return tests;
}

/** A package that fails without a test that does: it does not compile, say. */
function isUntold(status: string, file: string, tests: readonly TestResult[]): boolean {
  return status === "failed" && !tests.some((test) => test.file === file && test.status === "failed");
}
