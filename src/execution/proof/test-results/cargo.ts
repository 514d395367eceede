import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const row = /^test (.+?) \.\.\. (ok|FAILED|ignored)\b/;
// A crate's own tests stand in `src/lib.rs`, as every other's do: the binary is called like the crate, with a hash.
const binary =
  /^ *(?:Running (unittests )?(\S+)(?: \((?:\S*[/\\])?([^/\\]+?)-[0-9a-f]{16}(?:\.exe)?\))?|Doc-tests (\S+))/;
const heading = /^---- (.+) stdout ----$/;
const statuses: Readonly<Record<string, TestResult["status"]>> = { ok: "passed", FAILED: "failed", ignored: "skipped" };

/** `cargo test`: a line a test, one binary after the other. */
export function readCargo(lines: readonly string[]): readonly TestResult[] {
  const tests: TestResult[] = [];
  const seen = new Map<string, number>();
  let place: Pick<TestResult, "file" | "suite"> = {};
  for (const [index, line] of lines.entries()) {
    const [whole, isUnit, source, built, crate] = binary.exec(line) ?? [];
    if (whole !== undefined) {
      const file = source ?? crate ?? "";
      const owner = isUnit === undefined ? undefined : built;
      const n = (seen.get(`${owner} ${file}`) ?? 0) + 1;
      seen.set(`${owner} ${file}`, n);
      // Files of two crates may be called alike, and nothing but their order tells whose they are.
      const suite = n === 1 ? owner : `${owner ?? "crate"} ${n}`;
      place = { file, ...(suite !== undefined && { suite }) };
    }
    const [, name, word] = row.exec(line) ?? [];
    const status = statuses[word ?? ""];
    if (name !== undefined && status !== undefined) tests.push({ name, ...place, status });
    const told = heading.exec(line)?.[1];
    if (told === undefined) continue;
    const at = tests.findLastIndex((test) => test.name === told && test.status === "failed");
    const test = tests[at];
    const message = blockFrom(lines, index + 1, (line) => heading.test(line) || line === "failures:");
    if (test !== undefined) tests[at] = { ...test, message };
  }
  return tests;
}
