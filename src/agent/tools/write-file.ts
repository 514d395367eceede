import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { rewritten } from "./kept-text.ts";
import { readFiles } from "./read-files.ts";
import { writeFiles } from "./write-files.ts";

export const writeFile = defineTool({
  name: "write_file",
  description:
    "Write a whole text file, new or over the old one; missing folders are made. To change a part of a file, edit it instead. The answer says whether the syntax is right.",
  parameters: z.strictObject({ path: z.string().min(1), content: z.string() }),
  async run({ path, content: text }, context) {
    const [found] = await readFiles([path], context);
    const before = found?.kind === "file" ? found.content : undefined;
    const { content, note } = before ? rewritten(before, text) : { content: Buffer.from(text), note: "" };
    const [remark = ""] = await writeFiles([{ path, content, ...(before && { before }) }], context);
    const lines = [`Wrote ${path} (${content.length} bytes).`, note, remark];
    return { text: lines.filter((line) => line !== "").join("\n") };
  },
});
