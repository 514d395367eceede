import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { pathInWorkspace } from "./path-in-workspace.ts";

const maxLines = 1000;
const maxLineChars = 2000;
const maxChars = 50_000;

export const readFile = defineTool({
  name: "read_file",
  description: `Read a text file of the workspace with line numbers, ${maxLines} lines at most at once; from_line and to_line choose others.`,
  parameters: z.strictObject({
    path: z.string().min(1).describe("Relative to the workspace, or absolute"),
    from_line: z.number().int().min(1).optional(),
    to_line: z.number().int().min(1).optional(),
  }),
  readOnly: true,
  async run({ path, from_line = 1, to_line }, context) {
    const content = await context.sandbox.readFile(await pathInWorkspace(path, context));
    if (content.includes(0)) return { text: `${path} is a binary file of ${content.length} bytes.`, isError: true };
    const lines = content.toString("utf8").split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (lines.length === 0) return { text: `${path} is empty.` };
    if (from_line > lines.length) {
      return { text: `${path} has ${lines.length} lines; from_line ${from_line} is past its end.`, isError: true };
    }
    if (to_line !== undefined && to_line < from_line) {
      return { text: `to_line ${to_line} is before from_line ${from_line}.`, isError: true };
    }
    const shown = numbered(
      lines.slice(from_line - 1, Math.min(to_line ?? Infinity, from_line + maxLines - 1)),
      from_line,
    );
    const next = from_line + shown.length;
    const rest = next <= lines.length ? [`[${path} has ${lines.length} lines; go on with from_line ${next}]`] : [];
    return { text: [...shown, ...rest].join("\n") };
  },
});

/** As many of the lines as one answer can hold. */
function numbered(lines: readonly string[], first: number): readonly string[] {
  const shown: string[] = [];
  let room = maxChars;
  for (const line of lines) {
    const text = `${String(first + shown.length).padStart(5)}  ${shorten(line)}`;
    room -= text.length;
    if (room < 0) break;
    shown.push(text);
  }
  return shown;
}

function shorten(line: string): string {
  return line.length <= maxLineChars
    ? line
    : `${line.slice(0, maxLineChars)} [… ${line.length - maxLineChars} more characters]`;
}
