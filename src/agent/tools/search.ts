import { z } from "zod";
import { headAndTail } from "../head-and-tail.ts";
import { defineTool } from "./define-tool.ts";
import { pathInWorkspace } from "./path-in-workspace.ts";

// Both take an extended regular expression and skip binary files; grep leaves out what no search wants to see.
const line = `
if command -v rg >/dev/null; then
  rg --line-number --no-heading --color=never --max-columns=300 --max-columns-preview --sort=path --hidden --glob '!.git' -e "$PATTERN" -- .
else
  grep -rnIE --exclude-dir=.git --exclude-dir=node_modules -e "$PATTERN" -- . | cut -c1-300
fi | head -n 200`;

export const search = defineTool({
  name: "search",
  description: "Search the files below a folder for a regular expression; gives path:line: text, 200 lines at most.",
  parameters: z.strictObject({
    pattern: z.string().min(1).describe("An extended regular expression"),
    path: z.string().default(".").describe("The folder to search in"),
  }),
  readOnly: true,
  async run({ pattern, path }, context) {
    const cwd = await pathInWorkspace(path, context);
    const command = { line, cwd, env: { PATTERN: pattern }, timeoutMs: 60_000 };
    const { output, exitCode, timedOut } = await context.sandbox.run(command, { signal: context.signal });
    if (timedOut) return { text: "The search took over 60 s. Name a smaller folder.", isError: true };
    // The pipe itself always ends well.
    if (exitCode !== 0)
      return { text: `${path} is no folder of the workspace. Name one, or use read_file.`, isError: true };
    return { text: output === "" ? `Nothing below ${path} matches ${pattern}.` : headAndTail(output, 12_000) };
  },
});
