import type { TestResult } from "../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const entry = /^ {2}\d+\) (.*)$/;

/** Mocha's list of failures: the groups on lines of their own, the last one with a colon, then why. */
export function readMocha(lines: readonly string[]): readonly TestResult[] {
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
