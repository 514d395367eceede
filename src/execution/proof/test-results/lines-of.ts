/** What one line may hold for a parser: it bounds what any pattern can cost. */
const maxLine = 1000;

/** The first and the last of so many lines are read. */
const maxLines = 20_000;

/** The lines of an output, as a parser is to see them: cut, and without what only a terminal understands. */
export function linesOf(output: string): readonly string[] {
  const lines = output.split("\n");
  const half = maxLines / 2;
  const some = lines.length <= maxLines ? lines : [...lines.slice(0, half), ...lines.slice(-half)];
  return some.map(plain);
}

function plain(line: string): string {
  return line
    .slice(0, 4 * maxLine)
    .replaceAll(ansi, "")
    .trimEnd()
    .slice(0, maxLine);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with ESC
const ansi = /\u001b\[[0-9;:]*[A-Za-z]/g;

/** The lines from one on, up to the first that ends them, for a message; without the empty ones around it. */
export function blockFrom(lines: readonly string[], from: number, isEnd: (line: string) => boolean): string {
  const some = lines.slice(from, from + 60);
  const end = some.findIndex(isEnd);
  return dedent(end === -1 ? some : some.slice(0, end));
}

function dedent(lines: readonly string[]): string {
  const text = lines.filter((line) => line !== "");
  const margin = Math.min(...text.map((line) => line.search(/\S|$/)));
  return lines
    .map((line) => line.slice(margin))
    .join("\n")
    .trim();
}
