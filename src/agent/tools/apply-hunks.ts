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
    const before = hunk.before.map(encoded);
    const after = hunk.after.map(encoded);
    if (before.length === 0) {
      const at = hunk.anchors.length > 0 && !hunk.atEnd ? below : lines.length;
      // A last line without an end gets one, since another follows.
      if (at === lines.length && unended && end !== "" && at > 0)
        lines[at - 1] = `${lines[at - 1]?.replace(/\r$/, "")}${end}`;
      lines.splice(at, 0, ...after.map((line) => line + end));
      from = at + after.length;
      continue;
    }
    const at = placeOf(lines, { ...hunk, before }, below, which);
    const fresh = replacedLines(lines.slice(at, at + before.length), before, after);
    lines.splice(at, before.length, ...fresh);
    from = at + fresh.length;
  }
  if (lines.length === 0) return "";
  return unended ? lines.join("\n").replace(/\r$/, "") : `${lines.join("\n")}\n`;
}

function afterAnchors(lines: readonly string[], { anchors }: Hunk, from: number, which: string): number {
  let below = from;
  for (const anchor of anchors) {
    const [at] = seekLines(lines, [encoded(anchor)], below).at;
    if (at === undefined) throw misfit(`${which}: the line after \`@@\` is not there: \`${anchor}\`.`, lines, [anchor]);
    below = at + 1;
  }
  return below;
}

function placeOf(lines: readonly string[], { before, atEnd, anchors }: Hunk, from: number, which: string): number {
  const { at } = seekLines(lines, before, from);
  const found = atEnd ? at.filter((first) => first + before.length === lines.length) : at;
  const [first] = found;
  if (first === undefined) {
    throw misfit(
      `${which}: its lines are not there${from > 0 ? ` below line ${from}` : ""}.`,
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
