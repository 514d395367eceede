/** How much two lines may differ and still be taken for the same, from not at all. */
const views: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plain(decoded(line)).normalize("NFC").trim().replaceAll(/\s+/g, " "),
];

export interface Sought {
  /** Where it stands, by the index of its first line. */
  readonly at: readonly number[];
  /** Nothing was let pass. */
  readonly exact: boolean;
}

/**
 * Where these lines stand among those of a file, from one of them on: as they are, else without regard to the whitespace at their ends,
 * to indentation, to the form of quotes, dashes and inner whitespace, the first of these that finds any. Lines hold bytes as Latin-1.
 */
export function seekLines(lines: readonly string[], wanted: readonly string[], from = 0): Sought {
  for (const [level, view] of views.entries()) {
    const at = windows(lines.map(view), wanted.map(view), from);
    if (at.length > 0) return { at, exact: level === 0 };
    // What is blank is everywhere.
    if (wanted.every((line) => line.trim() === "")) break;
  }
  return { at: [], exact: false };
}

function windows(lines: readonly string[], wanted: readonly string[], from: number): readonly number[] {
  const found: number[] = [];
  for (let at = from; at + wanted.length <= lines.length; at += 1) {
    if (wanted.every((line, n) => lines[at + n] === line)) found.push(at);
  }
  return found;
}

/** Letters that models write for each other, as the plainest of them; each stays one. */
export function plain(text: string): string {
  return text
    .replaceAll(/[\u2018\u2019\u201a\u201b\u2032\u00b4]/g, "'")
    .replaceAll(/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"')
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .replaceAll(/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, " ");
}

/** The text of bytes that are given as Latin-1. */
export function decoded(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** A text's bytes in UTF-8, as Latin-1: a file in any encoding keeps every byte that is not replaced. */
export function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
