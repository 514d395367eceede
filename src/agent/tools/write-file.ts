import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { pathInWorkspace } from "./path-in-workspace.ts";

export const writeFile = defineTool({
  name: "write_file",
  description:
    "Write a whole text file, new or over the old one; missing folders are made. To change a part of a file use edit_file.",
  parameters: z.strictObject({ path: z.string().min(1), content: z.string() }),
  async run({ path, content }, context) {
    const bytes = Buffer.from(content);
    await context.sandbox.writeFile(await pathInWorkspace(path, context), bytes);
    return { text: `Wrote ${path} (${bytes.length} bytes).` };
  },
});
