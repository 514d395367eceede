import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { writeFiles } from "./write-files.ts";

export const writeFile = defineTool({
  name: "write_file",
  description:
    "Write a whole text file, new or over the old one; missing folders are made. To change a part of a file, edit it instead. The answer says whether the syntax is right.",
  parameters: z.strictObject({ path: z.string().min(1), content: z.string() }),
  async run({ path, content }, context) {
    const bytes = Buffer.from(content);
    const [remark = ""] = await writeFiles([{ path, content: bytes }], context);
    return { text: `Wrote ${path} (${bytes.length} bytes).\n${remark}`.trimEnd() };
  },
});
