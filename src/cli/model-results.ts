import type { ModelResult } from "../store/model-results.ts";

const headings = ["model", "tickets", "tries", "passed", "share", "mean cost", "mean turns"] as const;

/** How the models have done so far, as a table for a terminal. */
export function modelResultsTable(results: readonly ModelResult[]): string {
  if (results.length === 0) return "No model has been put to the test yet.";
  const lines = [headings, ...results.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

function cells({ model, ticketType, tries, passed, share, meanCostUsd, meanTurns }: ModelResult): readonly string[] {
  return [
    ...[model, ticketType, String(tries), String(passed)],
    ...[`${Math.round(share * 100)} %`, `$${meanCostUsd.toFixed(4)}`, meanTurns.toFixed(1)],
  ];
}
