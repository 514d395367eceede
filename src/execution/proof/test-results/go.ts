import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const result = /^ *--- (PASS|FAIL|SKIP): (\S+) \((\d+(?:\.\d+)?)s\)$/;
const end = /^(FAIL|ok {2})\t(\S+)(?:\s.*)?$/;
const statuses: Readonly<Record<string, TestResult["status"]>> = { PASS: "passed", FAIL: "failed", SKIP: "skipped" };

/** `go test`: what failed, with `-v` all; the package that it stands in is told after its tests. */
export function readGo(lines: readonly string[]): readonly TestResult[] {
  const tests: TestResult[] = [];
  let open: TestResult[] = [];
  for (const [index, line] of lines.entries()) {
    const [, word = "", name, seconds] = result.exec(line) ?? [];
    const status = statuses[word];
    if (name !== undefined && status !== undefined) {
      const message = blockFrom(
        lines,
        index + 1,
        (line) => result.test(line) || /^(?:FAIL|PASS|ok|===|exit)/.test(line),
      );
      const why = status === "failed" && message !== "" ? { message } : {};
      open.push({ name: name.replaceAll("/", " > "), status, duration_ms: Number(seconds) * 1000, ...why });
    }
    const [, verdict, file] = end.exec(line) ?? [];
    if (file === undefined) continue;
    const isTold = verdict !== "FAIL" || open.some((test) => test.status === "failed");
    // It does not compile, say: without this its tests would only be missing.
    const whole = isTold ? [] : [{ name: "the package", status: "failed", message: line } as const];
    tests.push(...[...open, ...whole].map((test) => ({ ...test, file })));
    open = [];
  }
  return tests;
}
