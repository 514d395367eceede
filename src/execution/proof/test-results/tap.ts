import type { TestResult } from "../../../domain/test-result.ts";
import { blockFrom } from "./lines-of.ts";

const result = /^( *)(not )?ok\b(?: \d+)?(?: -)? ?(.*)$/;
const subtest = /^( *)# Subtest: (.*)$/;

/** TAP, also nested: node:test tells a group's name before its tests, vitest by a brace after the group's result. */
export function readTap(lines: readonly string[]): readonly TestResult[] {
  if (!lines.some((line) => /^(?:TAP version 1[34]|1\.\.\d+)$/.test(line))) return [];
  const tests: TestResult[] = [];
  const path: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, outer = "", group] = subtest.exec(line) ?? [];
    if (group !== undefined) path.splice(depthOf(outer), path.length, unescaped(group));
    const [whole, indent = "", not, rest = ""] = result.exec(line) ?? [];
    if (whole === undefined) continue;
    const { name, directive, ms } = described(rest);
    path.splice(depthOf(indent), path.length, name);
    const block = blockAfter(lines, at);
    at += block.length;
    const status = directive !== undefined ? "skipped" : not === undefined ? "passed" : "failed";
    tests.push({
      ...{ name: path.join(" > "), status },
      ...(ms !== undefined && { duration_ms: ms }),
      ...(status === "failed" && (block.length > 0 ? diagnosed(block) : saidBelow(lines, at, indent))),
    });
  }
  return tests;
}

function depthOf(indent: string): number {
  return Math.floor(indent.length / 4);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([#\\])/g, "$1");
}

function described(rest: string) {
  const cut = rest.search(/(?<!\\) # ?/);
  const [text, after] = cut === -1 ? [rest, ""] : [rest.slice(0, cut), rest.slice(cut)];
  const ms = /time=(\d+(?:\.\d+)?)ms/.exec(after)?.[1];
  return {
    name: unescaped(text.trim()),
    directive: /# ?(SKIP|TODO)\b/i.exec(after)?.[1],
    ms: ms === undefined ? undefined : Number(ms),
  };
}

/** The YAML between `---` and `...` that may follow a result. */
function blockAfter(lines: readonly string[], at: number): readonly string[] {
  const first = lines[at + 1] ?? "";
  if (first.trim() !== "---") return [];
  const margin = first.search(/\S/);
  const some = lines.slice(at + 1, at + 500);
  const end = some.findIndex((line) => line.trim() === "..." && line.search(/\S/) === margin);
  return some.slice(0, end + 1);
}

function diagnosed(block: readonly string[]): Pick<TestResult, "file" | "message"> {
  const file = matchIn(block, /^ *(?:location|at): ['"](.+?):\d+:\d+['"]$/);
  const message = textOf(block);
  return { ...(file !== undefined && { file }), ...(message !== undefined && { message }) };
}

/** Without such a block some indent what they say, Mocha does. */
function saidBelow(lines: readonly string[], at: number, indent: string): Pick<TestResult, "message"> {
  const message = blockFrom(lines, at + 1, (line) => line !== "" && !line.startsWith(`${indent}  `));
  return message === "" ? {} : { message };
}

function matchIn(block: readonly string[], pattern: RegExp): string | undefined {
  return block.map((line) => pattern.exec(line)?.[1]).find((it) => it !== undefined);
}

function textOf(block: readonly string[]): string | undefined {
  const start = block.findIndex((line) => /^ *(?:error|message): \|-?$/.test(line));
  if (start === -1) return matchIn(block, /^ *(?:error|message): ['"](.+?)['"]?$/);
  const margin = (block[start] ?? "").search(/\S/);
  const rest = block.slice(start + 1);
  const end = rest.findIndex((line) => line !== "" && line.search(/\S/) <= margin);
  const text = end === -1 ? rest : rest.slice(0, end);
  return text
    .map((line) => line.slice(margin + 2))
    .join("\n")
    .trim();
}
