import { posix } from "node:path";
import { added, type DiffLine, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isLockFile, isSnapshot } from "./made-files.ts";
import { isSource, isTestPath } from "./test-language.ts";

/** They turn the direction of what follows: https://trojansource.codes */
const turning = /[\u202a-\u202e\u2066-\u2069]/u;
/** Within a word nobody sees them; joiners between other letters and emoji are ordinary, a mark at a file's beginning too. */
const unseen = [
  // Between words of writings without spaces it stands for one.
  /(?<![\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}])\u200b/u,
  /[\u2060-\u2064]/u,
  /(?<=[A-Za-z0-9_])(?:\u200c|\u200d|\u00ad)/u,
  /(?<=[\s\S])\ufeff/u,
  // But for the flags that are made of them.
  /(?<![\u{1f3f4}\u{e0020}-\u{e007e}])[\u{e0001}-\u{e007f}]/u,
];
/** Letters of Cyrillic and Greek that look like Latin ones. */
const alike = "АВЕЅІЈКМНОРСТУХаеѕіјорсухһΑΒΕΖΗΙΚΜΝΟΡΤΥΧο";
const mixed = new RegExp(`[A-Za-z_]\\w*[${alike}]|[${alike}][${alike}\\w]*[A-Za-z]`, "u");
const letters = /[\p{L}\p{M}\p{N}_]+/gu;

/** What a reviewer of the diff would not see, or would take for something else. */
export const hiddenText: Guard = ({ files }) => [
  ...files.filter(({ path }) => isSource(path)).flatMap((file) => [...lineFindings(file), ...blobs(file)]),
  ...files.filter(({ path }) => posix.basename(path) === ".gitattributes").flatMap(leftOutOfDiffs),
];

function lineFindings(file: FileDiff): readonly GuardFinding[] {
  return added(file).flatMap((line): readonly GuardFinding[] => {
    // What is plain ASCII, as nearly all code is, hides nothing.
    if (!/[^\0-\x7f]/.test(line.text)) return [];
    const hidden = [turning, ...unseen].map((pattern) => pattern.exec(line.text)).find((it) => it !== null);
    if (hidden !== undefined && !wasThere(file, hidden[0])) {
      const code = (hidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const what = turning.test(hidden[0]) ? "that turns the direction of the text" : "that nobody sees";
      // Of a test about such characters they may be a part.
      const severity = isTestPath(file.path) ? "note" : "blocks";
      return [found(file, line, severity, `${quoteCode(line.text)} has a character ${what} (U+${code})`)];
    }
    const word = line.text.match(letters)?.find(isDisguised);
    if (word === undefined || wasThere(file, word)) return [];
    // In a text of that language it is rather a slip of the keyboard, as in the `CО2` of a Russian page.
    const severity = isOfLanguage(line.text) ? "note" : "blocks";
    return [found(file, line, severity, `the name ${quoteCode(word)} has letters of two alphabets that look alike`)];
  });
}

/** Latin beside letters that only look so; a word with others of their alphabet is an ordinary mixture. */
function isDisguised(word: string): boolean {
  const foreign = [...word].filter((letter) => letter > "\x7f");
  return foreign.length > 0 && mixed.test(word) && foreign.every((letter) => alike.includes(letter));
}

/** Several words that are wholly of another alphabet, with letters that no Latin one looks like. */
function isOfLanguage(text: string): boolean {
  const words =
    text.match(/(?<![\p{L}\p{N}_])(?:\p{Script=Cyrillic}{3,}|\p{Script=Greek}{3,})(?![\p{L}\p{N}_])/gu) ?? [];
  return words.filter((word) => [...word].some((letter) => !alike.includes(letter))).length > 1;
}

function wasThere({ lines }: FileDiff, text: string): boolean {
  return lines.some((line) => line.mark !== "+" && line.text.includes(text));
}

/** As much of a line as the rules get to see. */
const wholeLine = 2_000;
const fewSigns = 60;

/** A program on one line; a picture or a text kept in a string has few signs of code. */
function blobs(file: FileDiff): readonly GuardFinding[] {
  const { path, lines } = file;
  if (isTestPath(path) || isSnapshot(path) || /\.min\.\w+$/.test(path)) return [];
  const isLong = ({ text }: DiffLine) => text.length >= wholeLine && (text.match(/[;{}()=]/g)?.length ?? 0) > fewSigns;
  if (lines.some((line) => line.mark !== "+" && isLong(line))) return [];
  const line = added(file).find(isLong);
  return line === undefined ? [] : [found(file, line, "draft", "a line of code is too long for anybody to read")];
}

const hides = /\s(?:-diff|-text|binary|linguist-(?:generated|vendored)(?:=true)?)(?=\s|$)/;

/** Attributes by which GitHub folds sources away. */
function leftOutOfDiffs(file: FileDiff): readonly GuardFinding[] {
  return gained(file, /^[^#].*$/)
    .filter(({ text }) => hides.test(text) && isShown(text.trim().split(/\s+/)[0] ?? ""))
    .map((line) => found(file, line, "draft", `${quoteCode(line.text)} hides sources from those who look at a diff`));
}

function isShown(pattern: string): boolean {
  const isMade = /(?:^|\/)(?:dist|build|out|vendor|third_party|generated|gen|coverage)\/|\.min\.|\.(?:pb|g|gen)\./.test(
    pattern,
  );
  if (isMade || isLockFile(pattern) || isSnapshot(pattern)) return false;
  return isSource(pattern) || /^\*\*?$|\/\*{0,2}$/.test(pattern);
}

function found({ path }: FileDiff, { n }: DiffLine, severity: GuardFinding["severity"], text: string): GuardFinding {
  return { rule: "hidden-text", severity, file: path, line: n, text };
}
