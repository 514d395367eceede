import type { Measure, Measures } from "./bench.ts";

/** The benches' measures for a person's eyes: a line for each, and one for each peer under it. */
export function table(benches: Readonly<Record<string, Measures>>): string {
  const rows = Object.entries(benches).flatMap(([bench, measures]) =>
    Object.entries(measures).flatMap(([name, measure]) => rowsOf(bench, name, measure)),
  );
  const head = ["bench", "measure", "ours", "unit", "against", "theirs", "ours / theirs"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n");
}

const numeric = new Set([2, 5, 6]);

function rowsOf(bench: string, name: string, { value, unit, against }: Measure): readonly string[][] {
  const ours = [bench, name, shown(value), unit];
  const peers = Object.entries(against);
  if (peers.length === 0) return [[...ours, "", "", ""]];
  return peers.map(([peer, theirs], index) => [
    ...(index === 0 ? ours : ["", "", "", ""]),
    peer,
    shown(theirs.value),
    theirs.ratio.toFixed(2),
  ]);
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
