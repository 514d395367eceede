import { z } from "zod";
import type { ToolAnswer } from "../../domain/tool.ts";
import { headAndTail } from "../head-and-tail.ts";
import { defineTool } from "./define-tool.ts";
import { keptText } from "./kept-text.ts";
import { readWhole } from "./read-files.ts";
import { type Edit, replacePassage } from "./replace-passage.ts";
import { writeFiles } from "./write-files.ts";

const edit = z.strictObject({
  old_text: z.string().min(1).describe("What is there now, with its whitespace and enough lines to be unique"),
  new_text: z.string().describe("What is to be there instead"),
  replace_all: z.boolean().optional().describe("Replace every place where old_text stands"),
});
const parameters = z.strictObject({ path: z.string().min(1), edits: z.array(edit).min(1).max(100) });

export const editFile = defineTool({
  name: "edit_file",
  description:
    "Replace passages of a file. Give all edits of a file in one call: they are made one after the other, all of them or none. Each old_text must be in the file exactly once; add lines around it until it is. Read the file first. The answer says whether the syntax is still right.",
  // Many models know an edit as one pair of texts.
  parameters: z.preprocess(asEdits, parameters),
  async run({ path, edits }, context) {
    const before = await readWhole(path, context);
    const kept = keptText(path, before);
    let { text } = kept;
    const lines: number[] = [];
    const reads: string[] = [];
    for (const [n, it] of edits.entries()) {
      const replaced = replacePassage(text, it);
      if (!replaced.ok) return refused(path, edits, n, replaced.problem);
      ({ text } = replaced);
      lines.push(...replaced.lines);
      if (replaced.reads !== undefined) reads.push(replaced.reads);
    }
    const content = kept.bytesOf(text);
    const [remark = ""] = await writeFiles([{ path, content, before }], context);
    return { text: [`Edited ${path} at ${places(lines)}.`, ...noteOf(reads), remark].join("\n").trimEnd() };
  },
});

const maxReadChars = 2_000;

/** Shown, so that nobody has to read the file again to see what came of it. */
function noteOf(reads: readonly string[]): readonly string[] {
  if (reads.length === 0) return [];
  const now = headAndTail(reads.join("\n...\n"), maxReadChars);
  return [
    `old_text did not match to the letter; the file's own indentation, line ends and unchanged text were kept. There it reads now:\n${now}`,
  ];
}

function asEdits(args: unknown): unknown {
  const { old_text, new_text, replace_all, ...rest } = Object(args);
  if ("edits" in rest)
    return { ...Object(args), edits: Object(rest.edits).old_text === undefined ? rest.edits : [rest.edits] };
  if (old_text === undefined) return args;
  return { ...rest, edits: [{ old_text, new_text, ...(replace_all === undefined ? {} : { replace_all }) }] };
}

function refused(path: string, edits: readonly Edit[], n: number, problem: string): ToolAnswer {
  const which = edits.length === 1 ? "" : ` (edit ${n + 1} of ${edits.length}, after those before it)`;
  return { text: `${path}${which} was not changed: ${problem}`, isError: true };
}

function places(all: readonly number[]): string {
  const lines = [...new Set(all)];
  const shown = lines.slice(0, 10).join(", ");
  const more = lines.length > 10 ? ` and ${lines.length - 10} more` : "";
  return `${lines.length === 1 ? "line" : "lines"} ${shown}${more}`;
}
