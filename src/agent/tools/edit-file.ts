import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { pathInWorkspace } from "./path-in-workspace.ts";

/** Enough to say that a passage is not unique. */
const maxFound = 10;

export const editFile = defineTool({
  name: "edit_file",
  description:
    "Replace one passage of a file. old_text must be in the file exactly once, with its whitespace; add lines around it until it is unique. Read the file first.",
  parameters: z.strictObject({
    path: z.string().min(1),
    old_text: z.string().min(1),
    new_text: z.string(),
  }),
  async run({ path, old_text, new_text }, context) {
    const real = await pathInWorkspace(path, context);
    const before = (await context.sandbox.readFile(real)).toString("latin1");
    // Bytes as Latin-1 characters: a file in any encoding keeps every byte that is not replaced.
    const old = latin1(withLineEndsOf(before, old_text));
    const fresh = latin1(withLineEndsOf(before, new_text));
    const found = occurrences(before, old);
    const [at] = found;
    if (at === undefined) return { text: notFound(path, before, old_text), isError: true };
    if (found.length > 1) {
      const lines = found.map((index) => lineOf(before, index));
      const more = found.length === maxFound ? " and perhaps more" : "";
      return {
        text: `old_text is in ${path} ${found.length} times (lines ${lines.join(", ")})${more}. Add the lines around the one you mean.`,
        isError: true,
      };
    }
    const after = before.slice(0, at) + fresh + before.slice(at + old.length);
    await context.sandbox.writeFile(real, Buffer.from(after, "latin1"));
    return { text: `Edited ${path} at line ${lineOf(before, at)}.` };
  },
});

/** A model writes `\n`; in a file whose lines all end in `\r\n`, so do those of the passage. */
function withLineEndsOf(file: string, text: string): string {
  const windows = file.includes("\r\n") && !/(?<!\r)\n/.test(file);
  return windows ? text.replaceAll(/\r?\n/g, "\r\n") : text;
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function occurrences(text: string, part: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1 && found.length < maxFound; at = text.indexOf(part, at + 1))
    found.push(at);
  return found;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Why nothing matched, with the nearest line when only whitespace stands between. */
function notFound(path: string, text: string, wanted: string): string {
  const first = latin1(wanted.split("\n").find((line) => line.trim() !== "") ?? wanted).trim();
  const near = text.split("\n").flatMap((line, index) => (line.includes(first) ? [index + 1] : []));
  const hint =
    near.length === 0
      ? "Read the file again: it may have changed."
      : `Its first line is there at line ${near.slice(0, 5).join(", ")}, but what follows or the whitespace differs. Read those lines and copy them exactly.`;
  return `old_text is not in ${path}. ${hint}`;
}
