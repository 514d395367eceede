import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const row = /^test (.+?) \.\.\. (ok|FAILED|ignored)\b/;
const binary = /^ *(?:Running (?:unittests )?(\S+) \(|Doc-tests (\S+))/;
const heading = /^---- (.+) stdout ----$/;
const statuses: Readonly<Record<string, TestResult["status"]>> = { ok: "passed", FAILED: "failed", ignored: "skipped" };

/** `cargo test`: a line a test, one binary after the other. */
export function readCargo(lines: readonly string[]): readonly TestResult[] {
  const tests: TestResult[] = [];
  let file: string | undefined;
  for (const [index, line] of lines.entries()) {
    const [, source, crate] = binary.exec(line) ?? [];
    file = source ?? crate ?? file;
    const [, name, word] = row.exec(line) ?? [];
    const status = statuses[word ?? ""];
    if (name !== undefined && status !== undefined) tests.push({ name, ...(file !== undefined && { file }), status });
    const told = heading.exec(line)?.[1];
    if (told === undefined) continue;
    const at = tests.findLastIndex((test) => test.name === told && test.status === "failed");
    const test = tests[at];
    const message = blockFrom(lines, index + 1, (line) => heading.test(line) || line === "failures:");
    if (test !== undefined) tests[at] = { ...test, message };
  }
  return tests;
}
