import { isUtf8 } from "node:buffer";
import { fitIndentation } from "./fit-indentation.ts";
import { withLineEndsOf } from "./kept-text.ts";
import { nearestPassages } from "./nearest-passages.ts";
import { decoded, encoded, plain, seekLines } from "./seek-lines.ts";

export interface Edit {
  readonly old_text: string;
  readonly new_text: string;
  readonly replace_all?: boolean | undefined;
}

export type Replaced =
  | {
      readonly ok: true;
      readonly text: string;
      /** Of the file as it was before this edit. */
      readonly lines: readonly number[];
      /** What stands there now, where the passage was there in a slightly other form. */
      readonly reads?: string;
    }
  | { readonly ok: false; readonly problem: string };

const maxNamed = 10;

/** One passage of a text replaced. The text holds bytes as Latin-1; those outside of the passage stay as they are. */
export function replacePassage(text: string, edit: Edit): Replaced {
  const old = encoded(withLineEndsOf(text, edit.old_text));
  const fresh = encoded(withLineEndsOf(text, edit.new_text));
  if (old === fresh) return wrong("old_text and new_text are the same.");
  const found = occurrences(text, old);
  const [first] = found;
  if (first === undefined) return replaceAlike(text, edit);
  const fitted = found.length === 1 && beginsInIndentation(text, first, edit) ? byLines(text, edit) : undefined;
  if (fitted?.ok) return fitted;
  const lines = found.map((at) => lineOf(text, at));
  if (found.length > 1 && edit.replace_all !== true) {
    return wrong(
      `old_text is there ${found.length} times (${named(lines)}). Add the lines around the one you mean, or set replace_all.`,
    );
  }
  let [after, end] = ["", 0];
  for (const at of found) {
    after += text.slice(end, at) + fresh;
    end = at + old.length;
  }
  return { ok: true, text: after + text.slice(end), lines };
}

/** Given with less indentation than it has there: to the letter only its first line would keep what is missing. */
function beginsInIndentation(text: string, at: number, { old_text, new_text }: Edit): boolean {
  const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]/.test(old_text) && /^[ \t]+$/.test(before) && new_text.trimEnd().includes("\n");
}

/** The passage as people would find it, where there is only one that it can be. */
function replaceAlike(text: string, edit: Edit): Replaced {
  return inLine(text, edit) ?? byLines(text, edit) ?? wrong(notThere(text, edit.old_text));
}

/** Other quotes, dashes or spaces, letter by letter. */
function inLine(text: string, edit: Edit): Replaced | undefined {
  if (!isUtf8(Buffer.from(text, "latin1"))) return undefined;
  const whole = decoded(text);
  const old = withLineEndsOf(text, edit.old_text);
  const fresh = withLineEndsOf(text, edit.new_text);
  const found = occurrences(plain(whole), plain(old));
  const [at] = found;
  if (at === undefined) return undefined;
  if (found.length > 1) return wrong(ambiguous(found.map((it) => lineOf(whole, it))));
  // What both have stays as it is in the file.
  const [head, tail] = common(old.split(""), fresh.split(""));
  const middle = fresh.slice(head, fresh.length - tail);
  const after = whole.slice(0, at + head) + middle + whole.slice(at + old.length - tail);
  const line = lineOf(whole, at);
  const reads = after.split("\n").slice(line - 1, lineOf(after, at + fresh.length));
  return { ok: true, text: encoded(after), lines: [line], reads: withoutReturns(reads) };
}

/** Other whitespace, line by line. */
function byLines(text: string, edit: Edit): Replaced | undefined {
  const lines = text.split("\n");
  const wanted = linesOf(encoded(edit.old_text));
  if (wanted.every((line) => line.trim() === "")) return undefined;
  const { at } = seekLines(lines, wanted);
  const [first] = at;
  if (first === undefined) return undefined;
  if (at.length > 1) return wrong(ambiguous(at.map((line) => line + 1)));
  const there = lines.slice(first, first + wanted.length);
  const fresh = linesOf(encoded(edit.new_text));
  const replaced = replacedLines(there, wanted, fresh);
  const after = [...lines.slice(0, first), ...replaced, ...lines.slice(first + there.length)];
  // A last line without an end stays without one.
  const whole = after.join("\n").replace(/\r$/, lines.at(-1)?.endsWith("\r") ? "\r" : "");
  return { ok: true, text: whole, lines: [first + 1], reads: decoded(withoutReturns(replaced)) };
}

/**
 * What stands instead of these lines of a file, which were given as `wanted` and are to be `fresh`: with the indentation and the
 * line ends of the file, and where nothing changes as it is there.
 */
export function replacedLines(
  there: readonly string[],
  wanted: readonly string[],
  fresh: readonly string[],
): readonly string[] {
  const [head, tail] = common(wanted, fresh);
  const end = there.some((line) => line.endsWith("\r")) ? "\r" : "";
  const middle = fitIndentation(fresh.slice(head, fresh.length - tail), wanted, there);
  return [
    ...there.slice(0, head),
    ...middle.map((line) => line.replace(/\r$/, "") + end),
    ...there.slice(there.length - tail),
  ];
}

/** How many at the beginning and, of the rest, at the end are the same. */
function common(one: readonly string[], other: readonly string[]): readonly [head: number, tail: number] {
  const least = Math.min(one.length, other.length);
  let head = 0;
  while (head < least && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < least - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  return [head, tail];
}

function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function occurrences(text: string, part: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function wrong(problem: string): Replaced {
  return { ok: false, problem };
}

function named(lines: readonly number[]): string {
  const more = lines.length > maxNamed ? ` and ${lines.length - maxNamed} more` : "";
  return `lines ${lines.slice(0, maxNamed).join(", ")}${more}`;
}

function ambiguous(lines: readonly number[]): string {
  return `old_text is not there as it is given, but with other whitespace or quotes ${lines.length} times (${named(lines)}). Copy the one you mean exactly, with lines around it.`;
}

function withoutReturns(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/\r$/, "")).join("\n");
}

function notThere(text: string, wanted: string): string {
  const lines = withoutReturns(decoded(text).split("\n")).split("\n");
  const nearest = nearestPassages(lines, linesOf(wanted));
  const hint = hintOf(wanted);
  if (nearest !== undefined) {
    return `old_text is not there. The nearest is:\n${nearest}\n${hint ?? "Copy what is there exactly, without the numbers, or read more of the file."}`;
  }
  return `old_text is not there, nor anything like it. ${hint ?? "Read the file again: it may have changed."}`;
}

const leftOut = /^\s*(?:(?:\/\/|#|\/\*|<!--)\s*(?:\.{3}|…)|(?:\.{3}|…)\s*$)/;

/** What models do to a passage, over and over, until they are told. */
function hintOf(wanted: string): string | undefined {
  const lines = linesOf(wanted).filter((line) => line.trim() !== "");
  if (lines.every((line) => /^\s*\d+(?: {2}|\t|:|\s*[|→])/.test(line))) {
    return "Leave out the numbers that stand before the lines: they are not in the file.";
  }
  if (lines.some((line) => leftOut.test(line))) {
    return "Nothing can be left out of old_text, as with `...`: give every line of it, or several smaller edits.";
  }
  if (lines.length === 1 && /\\[nt]/.test(wanted)) {
    return "It holds a backslash and a letter where a line ends or a tab stands: give these themselves.";
  }
  return undefined;
}
