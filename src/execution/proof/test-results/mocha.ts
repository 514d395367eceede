import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const entry = /^ {2}\d+\) (.*)$/;
const row = /^((?: {2})+)(?:([✔✓√-]|\d+\)) )?(.+?)(?: \((\d+)ms\))?$/u;

/** Mocha's spec reporter: a tree of results, then the failed ones again with why. Other reporters print the second part only. */
export function readMocha(lines: readonly string[]): readonly TestResult[] {
  const end = lines.findLastIndex((line) => /^ {2}\d+ passing \(/.test(line));
  if (end === -1) return [];
  return [...failuresIn(lines.slice(end)), ...othersIn(lines.slice(0, end))];
}

function othersIn(lines: readonly string[]): readonly TestResult[] {
  const path: string[] = [];
  return lines.flatMap((line) => {
    const [, indent = "", mark, name = "", ms] = row.exec(line) ?? [];
    const depth = indent.length / 2 - 1;
    if (depth < 0 || (mark === undefined && depth > path.length)) return [];
    path.splice(depth, path.length, name);
    if (mark === undefined || mark.endsWith(")")) return [];
    const duration = ms === undefined ? {} : { duration_ms: Number(ms) };
    return [{ name: path.join(" > "), status: mark === "-" ? "skipped" : "passed", ...duration } as const];
  });
}

/** The groups stand on lines of their own, the last one with a colon, then why. */
function failuresIn(lines: readonly string[]): readonly TestResult[] {
  const start = lines.findIndex((line) => /^ {2}\d+ failing$/.test(line));
  if (start === -1) return [];
  const list = lines.slice(start);
  return list.flatMap((line, index) => {
    const first = entry.exec(line)?.[1];
    if (first === undefined) return [];
    const title = titleFrom(list, index, first);
    const message = blockFrom(list, index + title.length, (line) => entry.test(line));
    const name = title.map((part) => part.trim()).join(" > ");
    return [{ name: name.replace(/:$/, ""), status: "failed", message } as const];
  });
}

function titleFrom(list: readonly string[], index: number, first: string): readonly string[] {
  const title = [first];
  for (const line of list.slice(index + 1, index + 20)) {
    if (title.at(-1)?.endsWith(":") || !/^ {7}/.test(line)) break;
    title.push(line);
  }
  return title;
}
