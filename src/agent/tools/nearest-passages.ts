import { plain } from "./seek-lines.ts";

const mostPlaces = 3;
const maxShown = 12;
/** Around a short passage, and before the line that differs in a long one. */
const around = 2;
const maxLineChars = 300;
const alikeEnough = 0.5;
/** What is so much less alike than the best is no second guess. */
const asGood = 0.1;
const maxTried = 50;
const maxCompared = 60;

/**
 * The places of a file that are most like a passage that is not in it, with the numbers of their lines: what a model reads to see where it
 * differs. `undefined` where none is like it.
 */
export function nearestPassages(lines: readonly string[], wanted: readonly string[]): string | undefined {
  const [best, ...others] = placesOf(lines, wanted);
  if (best === undefined) return undefined;
  const good = others.filter(({ alike }) => alike >= best.alike - asGood);
  const places = [best];
  for (const place of good) {
    const isApart = places.every(({ first }) => Math.abs(first - place.first) >= wanted.length);
    if (isApart && places.length < mostPlaces) places.push(place);
  }
  const numbers = new Set(places.flatMap(({ first }) => shownFrom(first, lines, wanted)));
  const inOrder = [...numbers].toSorted((one, other) => one - other);
  return inOrder
    .flatMap((at) => [
      ...(at === inOrder[0] || numbers.has(at - 1) ? [] : ["  ..."]),
      `${String(at + 1).padStart(5)}  ${cut(lines[at] ?? "")}`,
    ])
    .join("\n");
}

interface Place {
  /** Where the passage would begin, by the index of the line; before the file's beginning as well. */
  readonly first: number;
  readonly alike: number;
}

function placesOf(lines: readonly string[], wanted: readonly string[]): readonly Place[] {
  const pairs = wanted.map(pairsOf);
  // The longest line tells most.
  const index = pairs.reduce((most, { size }, at) => (size > (pairs[most]?.size ?? 0) ? at : most), 0);
  const telling = pairs[index];
  if (telling === undefined || telling.size === 0) return [];
  return lines
    .map((line, at) => ({ first: at - index, alike: likeness(telling, pairsOf(line)) }))
    .filter(({ alike }) => alike >= alikeEnough)
    .toSorted((one, other) => other.alike - one.alike)
    .slice(0, maxTried)
    .map(({ first }) => ({ first, alike: alikeFrom(first, lines, pairs) }))
    .toSorted((one, other) => other.alike - one.alike);
}

function alikeFrom(first: number, lines: readonly string[], wanted: readonly ReadonlySet<string>[]): number {
  const compared = wanted.slice(0, maxCompared).map((pairs, n) => likeness(pairs, pairsOf(lines[first + n] ?? "")));
  return compared.reduce((sum, alike) => sum + alike, 0) / compared.length;
}

/** Which lines are shown: a short passage whole, and of a long one what is around its first line that differs. */
function shownFrom(first: number, lines: readonly string[], wanted: readonly string[]): readonly number[] {
  const differs = wanted.findIndex((line, n) => bare(line) !== bare(lines[first + n] ?? ""));
  const isShort = wanted.length + 2 * around <= maxShown;
  const skipped = isShort ? 0 : Math.max(0, Math.min(differs - around, wanted.length - maxShown));
  const from = Math.max(0, first + skipped - around);
  const end = Math.min(first + wanted.length + around, from + maxShown, lines.length - (lines.at(-1) === "" ? 1 : 0));
  return Array.from({ length: Math.max(0, end - from) }, (_, n) => from + n);
}

function cut(line: string): string {
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars)}…`;
}

function bare(line: string): string {
  return plain(line).replaceAll(/\s+/g, "");
}

/** Each two letters that follow each other, whitespace aside. */
function pairsOf(line: string): ReadonlySet<string> {
  const text = bare(line.slice(0, maxLineChars)).toLowerCase();
  return new Set(
    text.length === 1 ? [text] : Array.from({ length: Math.max(0, text.length - 1) }, (_, n) => text.slice(n, n + 2)),
  );
}

/** From 0 to 1: the coefficient of Dice (1945). Two blank lines are alike. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size + other.size === 0) return 1;
  let both = 0;
  for (const pair of one) if (other.has(pair)) both += 1;
  return (2 * both) / (one.size + other.size);
}
