import type { DiffLine } from "../../domain/diff.ts";
import { asserts } from "./test-cases.ts";
import type { TestLanguage } from "./test-language.ts";

const condition = /^\s*(?:\}?\s*(?:else\s+)?if\b|\}?\s*elif\b|unless\b|when\b)/;
const otherwise = /^\s*(?:\}\s*)?(?:else|elif|elsif|case|default)\b/;
const later = /\bset(?:Timeout|Immediate|Interval)\(|\bqueueMicrotask\(|\bprocess\.nextTick\(/;
/** What differs from machine to machine, and is nothing that the code does. */
const machine =
  /\b(?:platform|win32|darwin|linux|windows|GOOS|GOARCH|os\.name|version|sys\.|process\.env|environ|getenv|Getenv|hasOwn|supports?\w*)\b|cfg!/i;

/** How an expectation came to hold no longer always; `undefined` where it still does. */
export type Held = "if" | "machine" | "later";

/** What stands around expectations that are new, or moved, of those that were there before without it. */
export function heldBy(lines: readonly DiffLine[], language: TestLanguage): readonly Held[] {
  return lines.flatMap((line, at) => {
    if (line.mark !== "+" || !asserts(line.text, language)) return [];
    const around = above(lines, at);
    if (around === undefined || around.mark !== "+") return [];
    // Awaited, the test ends after it.
    if (later.test(around.text)) return /\bawait\b|Promise/.test(around.text) ? [] : ["later"];
    if (!condition.test(around.text) || hasOther(lines, around)) return [];
    // What the condition does is to fail.
    if (/^\s*(?:t\.(?:Error|Fatal|Fail)|throw|raise|fail|panic!)/.test(line.text)) return [];
    return [machine.test(around.text) ? "machine" : "if"];
  });
}

/** The line that a line stands under, by how far it is indented. */
export function above(lines: readonly DiffLine[], at: number): DiffLine | undefined {
  const own = indentOf(lines[at]?.text ?? "");
  return lines.slice(0, at).findLast(({ text }) => text.trim() !== "" && indentOf(text) < own);
}

/** Whether another branch is there, which would expect something else. */
function hasOther(lines: readonly DiffLine[], line: DiffLine): boolean {
  const own = indentOf(line.text);
  if (otherwise.test(line.text)) return true;
  const below = lines.slice(lines.indexOf(line) + 1).filter(({ text }) => text.trim() !== "");
  const end = below.find(({ text }) => indentOf(text) <= own && !/^\s*[})\]]+[;,]?\s*$/.test(text));
  return end !== undefined && indentOf(end.text) === own && otherwise.test(end.text);
}

export function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
