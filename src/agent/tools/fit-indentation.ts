/**
 * Lines that were written with an indentation of their own, with that of the file. `wanted` and `there` are the same passage, in
 * either; what both have stays as it is there.
 */
export function fitIndentation(
  fresh: readonly string[],
  wanted: readonly string[],
  there: readonly string[],
): readonly string[] {
  const pairs = new Map<string, string>();
  for (const [n, line] of wanted.entries()) {
    if (line.trim() !== "" && !pairs.has(indentOf(line))) pairs.set(indentOf(line), indentOf(there[n] ?? ""));
  }
  // Whoever knows how far in the file's lines stand means the others as they are: a recipe's tab in a Makefile, say.
  if ([...pairs].every(([theirs, ours]) => theirs === ours)) return fresh;
  return fresh.map((line) => {
    if (line.trim() === "") return line;
    const indent = indentOf(line);
    return fitted(indent, pairs) + line.slice(indent.length);
  });
}

function fitted(indent: string, pairs: ReadonlyMap<string, string>): string {
  const known = pairs.get(indent);
  if (known !== undefined) return known;
  const nearest = [...pairs.keys()].filter((it) => indent.startsWith(it)).toSorted((a, b) => b.length - a.length)[0];
  if (nearest !== undefined) return (pairs.get(nearest) ?? "") + converted(indent.slice(nearest.length), pairs);
  const deeper = [...pairs].filter(([it]) => it.startsWith(indent)).toSorted(([a], [b]) => a.length - b.length)[0];
  if (deeper === undefined) return indent;
  const [theirs, ours] = deeper;
  const less = converted(theirs.slice(indent.length), pairs);
  return ours.endsWith(less) ? ours.slice(0, ours.length - less.length) : indent;
}

/** A step of indentation, in tabs where the file has tabs for the spaces that were given, and the other way round. */
function converted(step: string, pairs: ReadonlyMap<string, string>): string {
  const file = [...pairs.values()].find((indent) => indent !== "") ?? "";
  const given = [...pairs.keys()].find((indent) => indent !== "") ?? step;
  if (file.startsWith("\t") === step.startsWith("\t")) return step.startsWith(" ") ? scaled(step, pairs) : step;
  const width = widthOf(pairs, given);
  if (file.startsWith("\t")) return "\t".repeat(Math.max(1, Math.round(step.length / width)));
  return file.startsWith(" ") ? " ".repeat(step.length * width) : step;
}

/** Where both have spaces, and a step in the file is a multiple of one as it was given, or the other way round. */
function scaled(step: string, pairs: ReadonlyMap<string, string>): string {
  const depths = [...pairs].map(([theirs, ours]) => [theirs.length, ours.length] as const);
  const [[least, from] = [0, 0], ...others] = depths.toSorted(([one], [other]) => one - other);
  const ratios = new Set(others.map(([theirs, ours]) => (ours - from) / (theirs - least)));
  const [ratio = 1] = ratios;
  return ratios.size === 1 && ratio > 0 ? " ".repeat(Math.round(step.length * ratio)) : step;
}

/** How many spaces stand for a tab. */
function widthOf(pairs: ReadonlyMap<string, string>, given: string): number {
  for (const [theirs, ours] of pairs) {
    const [tabs, spaces] = theirs.startsWith("\t") ? [theirs, ours] : [ours, theirs];
    if (/^\t+$/.test(tabs) && /^ +$/.test(spaces) && spaces.length % tabs.length === 0)
      return spaces.length / tabs.length;
  }
  return given.startsWith(" ") && given.length % 4 !== 0 ? 2 : 4;
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}
