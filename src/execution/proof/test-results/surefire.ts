import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

// 3.x: `[ERROR] com.acme.BillTest.rounded -- Time elapsed: …`; 2.x: `[ERROR] rounded(com.acme.BillTest)  Time elapsed: …`.
const failed = /^\[ERROR\] +(\S.*?)(?: --)? +Time elapsed: ([\d.]+) s +<<< (?:FAILURE|ERROR)!$/;
const summary = /^\[(?:ERROR|INFO|WARNING)\] |^\s*$/;

/** What Maven's surefire prints of a test that failed. Its reports, where they can be read, say more. */
export function readSurefire(lines: readonly string[]): readonly TestResult[] {
  return lines.flatMap((line, index) => {
    const [, title, seconds] = failed.exec(line) ?? [];
    if (title === undefined || title.startsWith("Tests run:")) return [];
    const message = blockFrom(lines, index + 1, (line) => summary.test(line));
    return [{ ...named(title), status: "failed", duration_ms: Number(seconds) * 1000, message } as const];
  });
}

function named(title: string): Pick<TestResult, "name"> {
  const [, method, owner] = /^(.+)\(([\w.$]+)\)$/.exec(title) ?? [];
  if (method !== undefined && owner !== undefined) return { name: `${owner} > ${method}` };
  const dot = /^[\w.$]+\.(?=\w+(?:\(.*\))?(?:\[.*\])?$)/.exec(title)?.[0];
  return { name: dot === undefined ? title : `${dot.slice(0, -1)} > ${title.slice(dot.length)}` };
}
