import { plain } from "./seek-lines.ts";

const maxShown = 12;
const maxLineChars = 300;
const alikeEnough = 0.5;

/** The lines of a file that are most like a passage that is not in it, with their numbers; `undefined` where none is like it. */
export function nearestPassage(lines: readonly string[], wanted: readonly string[]): string | undefined {
  // The longest line tells most.
  const [index, telling = ""] = [...wanted.entries()].toSorted(
    ([, a], [, b]) => b.trim().length - a.trim().length,
  )[0] ?? [0];
  const pairs = pairsOf(telling);
  let [best, at] = [0, -1];
  for (const [n, line] of lines.entries()) {
    if (line.length > maxLineChars) continue;
    const alike = likeness(pairs, pairsOf(line));
    if (alike > best) [best, at] = [alike, n];
  }
  if (best < alikeEnough) return undefined;
  const first = Math.max(0, at - Math.min(index, maxShown - 1));
  const count = Math.min(maxShown, wanted.length);
  return lines
    .slice(first, first + count)
    .map((line, n) => `${String(first + n + 1).padStart(5)}  ${line.slice(0, maxLineChars)}`)
    .join("\n");
}

/** Each two letters that follow each other, whitespace aside. */
function pairsOf(line: string): ReadonlySet<string> {
  const text = plain(line.slice(0, maxLineChars)).replaceAll(/\s+/g, "").toLowerCase();
  return new Set(
    text.length === 1 ? [text] : Array.from({ length: Math.max(0, text.length - 1) }, (_, n) => text.slice(n, n + 2)),
  );
}

/** From 0 to 1: the coefficient of Dice (1945). */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size + other.size === 0) return 0;
  let both = 0;
  for (const pair of one) if (other.has(pair)) both += 1;
  return (2 * both) / (one.size + other.size);
}
