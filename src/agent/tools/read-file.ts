import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { pathInWorkspace } from "./path-in-workspace.ts";

const maxLines = 1000;
const maxLineChars = 2000;

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
    const last = Math.min(to_line ?? lines.length, from_line + maxLines - 1, lines.length);
    const shown = lines
      .slice(from_line - 1, last)
      .map((line, index) => `${String(from_line + index).padStart(5)}  ${shorten(line)}`);
    const rest = last < lines.length ? [`[${path} has ${lines.length} lines; go on with from_line ${last + 1}]`] : [];
    return { text: [...shown, ...rest].join("\n") };
  },
});

function shorten(line: string): string {
  return line.length <= maxLineChars
    ? line
    : `${line.slice(0, maxLineChars)} [… ${line.length - maxLineChars} more characters]`;
}
