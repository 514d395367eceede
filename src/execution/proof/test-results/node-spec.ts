import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const row = /^( *)([▶✔✖﹣⚠]) (.*)$/u;
const ending = /^(.*?)(?: \((\d+(?:\.\d+)?)ms\))?(?: # (SKIP|TODO)(?: .*)?)?$/;
const place = /^test at (.+?):\d+:\d+$/;

/** The spec reporter of node:test: a tree of results, then the failed ones again with why. */
export function readNodeSpec(lines: readonly string[]): readonly TestResult[] {
  const total = lines.findIndex((line) => /^ℹ tests \d+$/.test(line));
  if (total === -1) return [];
  const path: string[] = [];
  const tests = lines.slice(0, total).flatMap((line) => {
    const [, indent = "", mark, rest = ""] = row.exec(line) ?? [];
    if (mark === undefined) return [];
    const [, name = "", ms, directive] = ending.exec(rest) ?? [];
    const depth = indent.length / 2;
    path.splice(depth, path.length, name);
    if (mark === "▶") return [];
    const status = mark === "﹣" || directive !== undefined ? "skipped" : mark === "✖" ? "failed" : "passed";
    const duration = ms === undefined ? {} : { duration_ms: Number(ms) };
    return [{ name: path.join(" > "), status, ...duration } as const];
  });
  return explained(tests, lines.slice(total), lines.slice(0, total));
}

function explained(
  tests: readonly TestResult[],
  lines: readonly string[],
  before: readonly string[],
): readonly TestResult[] {
  const all = [...tests];
  for (const [index, line] of lines.entries()) {
    const file = place.exec(line)?.[1];
    const rest = row.exec(lines[index + 1] ?? "")?.[3];
    if (file === undefined || rest === undefined) continue;
    const leaf = ending.exec(rest)?.[1] ?? rest;
    const at = all.findIndex(
      (it) => it.status === "failed" && it.file === undefined && (it.name === leaf || it.name.endsWith(` > ${leaf}`)),
    );
    const test = all[at];
    if (test === undefined) continue;
    const message = blockFrom(lines, index + 2, (line) => place.test(line));
    const cause = test.name === file ? causeOf(file, before) : "";
    all[at] = { ...test, file, message: cause === "" ? message : cause };
  }
  return all;
}

/** Of a file that could not be run only that is told; why is what it printed: a syntax error begins with its place, others name it. */
function causeOf(file: string, lines: readonly string[]): string {
  const start = lines.findIndex(
    (line) => line.startsWith(`${file}:`) || (/^\w*Error\b/.test(line) && line.includes(file)),
  );
  return start === -1 ? "" : blockFrom(lines, start, (line) => row.test(line) || /^Node\.js v\d/.test(line));
}
