/** A text that a file says in another form, and where. */
export interface Disguised {
  readonly text: string;
  readonly form: "in pieces" | "in base64";
  /** The characters of the file that say it. */
  readonly from: number;
  readonly to: number;
}

const quote = "[\"'`]";
const space = String.raw`[\s\\]{0,80}`;
/** What a token is made of. */
const piece = String.raw`[\w+/=.~:@-]{1,300}`;

/** Between the pieces of a text: `" + "`, PHP's `.`, C's nothing, a literal inside a template. */
const joint = new RegExp(
  String.raw`${quote}${space}(?:(?:\+|\.\.?|&|<>|\|\||\.concat\()${space})?[bfru]{0,2}${quote}|[$#]\{${space}${quote}|${quote}${space}\}`,
  "g",
);
const short = new RegExp(
  String.raw`\b([A-Za-z_]\w{0,60})${space}(?::${space}[\w&' ]{1,20})?:?=${space}(${quote})(${piece})\2`,
  "g",
);
/** A name, or a place for one in a text; not what is only a part of it, or made from it. */
const word = /[$#]?\{[ ]{0,9}([A-Za-z_]\w{0,60})[ ]{0,9}\}|\b[A-Za-z_]\w{0,60}\b(?![ \t]{0,20}[=:([.])/g;
const list = new RegExp(String.raw`[[({]${space}(?:(${quote})(?:${piece})?\1${space}(?:,${space})?){2,60}[\])}]`, "g");
const joinedBefore =
  /(?:(["'`])\1\.join\([[(]?|\.concat|\bconcat!|\bimplode\(\s*(["'])\2\s*,\s*(?:array)?|\bString\.join|\bstrings\.Join\(\[\]string)\s*$/;
const joinedAfter = /^\s*(?:\.join\(\s*(["'`])\1\s*\)|\.concat\(\s*\)|\s*,\s*""\s*\))/;
const around = 40;
/** A text that names one long value many times becomes twice as long by that, not a hundred times. */
const leastRoom = 100_000;

/** Longer ones are pictures and programs; a key has 10,000 characters at most. */
const encoded = /(?<![\w+/-])[\w+/-]{24,20000}={0,2}/g;
const readable = /^[\t\n\r -~]{16,}$/;

/**
 * What a text says in pieces that are put together as it is run, and what it says in base64. Each look takes a time that grows
 * as the text does.
 */
export function disguisedIn(text: string): readonly Disguised[] {
  return [...inPieces(text), ...inBase64(text)];
}

function inBase64(text: string): readonly Disguised[] {
  return [...text.matchAll(encoded)].flatMap(({ 0: run, index }) => {
    const plain = Buffer.from(run, "base64").toString("latin1");
    return readable.test(plain)
      ? [{ text: plain, form: "in base64" as const, from: index, to: index + run.length }]
      : [];
  });
}

function inPieces(text: string): readonly Disguised[] {
  const joined = text.replaceAll(list, (all: string, ...rest: unknown[]) => {
    const at = rest.find((it) => typeof it === "number") ?? 0;
    const isJoined =
      joinedBefore.test(text.slice(Math.max(at - around, 0), at)) ||
      joinedAfter.test(text.slice(at + all.length, at + all.length + around));
    // As many characters as before.
    return isJoined ? all.replaceAll(",", "+") : all;
  });
  const values = new Map([...joined.matchAll(short)].map(([, name = "", , value = ""]) => [name, value]));
  let room = text.length + leastRoom;
  const named = rewrite(joined, word, ([found, inText]) => {
    const value = values.get(inText ?? found);
    room -= value?.length ?? 0;
    if (room < 0) return undefined;
    return value === undefined || inText !== undefined ? value : `"${value}"`;
  });
  const whole = rewrite(named.text, joint, () => "");
  const runs = [...whole.text.matchAll(/[\w+/=.~:@-]{16,}/g)];
  return runs.flatMap(({ 0: run, index }) => {
    const from = named.at(whole.at(index));
    const to = named.at(whole.at(index + run.length - 1)) + 1;
    return text.slice(from, to) === run ? [] : [{ text: run, form: "in pieces" as const, from, to }];
  });
}

interface Rewritten {
  readonly text: string;
  /** Where a character of it stood before. */
  at(index: number): number;
}

/** A text with what a pattern finds replaced, unless by nothing. */
function rewrite(text: string, pattern: RegExp, by: (found: RegExpExecArray) => string | undefined): Rewritten {
  const parts: string[] = [];
  const starts: { readonly now: number; readonly old: number; readonly length: number }[] = [];
  let [now, old] = [0, 0];
  const keep = (part: string, from: number, length: number) => {
    starts.push({ now, old: from, length });
    parts.push(part);
    now += part.length;
  };
  for (const match of text.matchAll(pattern)) {
    const instead = by(match);
    if (instead === undefined) continue;
    const { 0: found, index } = match;
    keep(text.slice(old, index), old, index - old);
    if (instead !== "") keep(instead, index, found.length);
    old = index + found.length;
  }
  keep(text.slice(old), old, text.length - old);
  const at = (index: number) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle]?.now ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const start = starts[low] ?? { now: 0, old: 0, length: 0 };
    return start.old + Math.max(Math.min(index - start.now, start.length - 1), 0);
  };
  return { text: parts.join(""), at };
}
