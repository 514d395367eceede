import { NightshiftError } from "../../domain/errors.ts";
import { nearestPassages } from "./nearest-passages.ts";
import type { Hunk } from "./parse-patch.ts";
import { replacedLines } from "./replace-passage.ts";
import { decoded, encoded, seekLines } from "./seek-lines.ts";

/**
 * A file's text with the hunks applied, in their order; it holds bytes as Latin-1, and those outside of what changes stay.
 * @throws NightshiftError `bad_input` for a hunk that fits nowhere or in several places.
 */
export function applyHunks(path: string, text: string, hunks: readonly Hunk[]): string {
  const unended = text !== "" && !text.endsWith("\n");
  const lines = text.split("\n");
  if (!unended) lines.pop();
  const end =
    lines.length > 0 && lines.slice(0, unended ? -1 : undefined).every((line) => line.endsWith("\r")) ? "\r" : "";
  let from = 0;
  for (const [n, hunk] of hunks.entries()) {
    const which = `Hunk ${n + 1} of ${hunks.length} for ${path}`;
    const below = afterAnchors(lines, hunk, from, which);
    const { before, after } = fitting(lines, hunk, below);
    if (before.length === 0) {
      const at = hunk.anchors.length > 0 && !hunk.atEnd ? below : lines.length;
      // A last line without an end gets one, since another follows.
      if (at === lines.length && unended && end !== "" && at > 0)
        lines[at - 1] = `${lines[at - 1]?.replace(/\r$/, "")}${end}`;
      lines.splice(at, 0, ...after.map((line) => line + end));
      from = at + after.length;
      continue;
    }
    // The line that was named may be given once more.
    const named = hunk.anchors.length > 0 && seekLines(lines, before, below).at.length === 0 ? below - 1 : below;
    const at = placeOf(lines, { ...hunk, before }, named, which);
    const fresh = replacedLines(lines.slice(at, at + before.length), before, after);
    lines.splice(at, before.length, ...fresh);
    from = at + fresh.length;
  }
  if (lines.length === 0) return "";
  return unended ? lines.join("\n").replace(/\r$/, "") : `${lines.join("\n")}\n`;
}

/** The hunk's lines; a blank one at its end, which often only parts it from what follows, where it fits. */
function fitting(
  lines: readonly string[],
  hunk: Hunk,
  from: number,
): { readonly before: string[]; readonly after: string[] } {
  const [before, after] = [hunk.before.map(encoded), hunk.after.map(encoded)];
  const parts = before.length > 1 && before.at(-1) === "" && after.at(-1) === "";
  if (!parts || seekLines(lines, before, Math.max(0, from - 1)).at.length > 0) return { before, after };
  return { before: before.slice(0, -1), after: after.slice(0, -1) };
}

function afterAnchors(lines: readonly string[], { anchors }: Hunk, from: number, which: string): number {
  let below = from;
  for (const anchor of anchors) {
    const [at = begunBy(lines, anchor, below)] = seekLines(lines, [encoded(anchor)], below).at;
    if (at === undefined)
      throw misfit(`${which}: the line after \`@@\` is not there${above(below)}: \`${anchor}\`.`, lines, [anchor]);
    below = at + 1;
  }
  return below;
}

/** The one line that begins so: a function is often named without all that follows its name. */
function begunBy(lines: readonly string[], anchor: string, below: number): number | undefined {
  const begin = encoded(anchor).trim();
  const found = lines.flatMap((line, at) => (at >= below && line.trim().startsWith(begin) ? [at] : []));
  return found.length === 1 ? found[0] : undefined;
}

function above(line: number): string {
  return line > 0 ? ` below line ${line}, and hunks follow each other from the top of the file` : "";
}

function placeOf(lines: readonly string[], { before, atEnd, anchors }: Hunk, start: number, which: string): number {
  const { at } = seekLines(lines, before, start);
  const found = atEnd ? at.filter((first) => first + before.length === lines.length) : at;
  const [first] = found;
  if (first === undefined) {
    throw misfit(
      `${which}: its lines are not there${start > 0 ? ` below line ${start}` : ""}.`,
      lines,
      before.map(decoded),
    );
  }
  // Below a line that was named the nearest is meant.
  if (found.length > 1 && anchors.length === 0) {
    const places = found.slice(0, 10).map((line) => line + 1);
    throw new NightshiftError(
      "bad_input",
      `${which} fits in ${found.length} places (lines ${places.join(", ")}), and nothing was changed. Add lines around it, or name the function above with \`@@\`.`,
    );
  }
  return first;
}

function misfit(problem: string, lines: readonly string[], wanted: readonly string[]): NightshiftError {
  const nearest = nearestPassages(
    lines.map((line) => decoded(line).replace(/\r$/, "")),
    wanted,
  );
  const hint =
    nearest === undefined
      ? "Nothing there is like it. Read the file again: it may have changed."
      : `The nearest is:\n${nearest}`;
  return new NightshiftError("bad_input", `${problem} Nothing was changed. ${hint}`);
}
