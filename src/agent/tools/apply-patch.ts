import { z } from "zod";
import { NightshiftError } from "../../domain/errors.ts";
import type { ToolContext } from "../../domain/tool.ts";
import { applyHunks } from "./apply-hunks.ts";
import { defineTool } from "./define-tool.ts";
import { absolutePath } from "./in-workspace.ts";
import { keptText } from "./kept-text.ts";
import { type FilePatch, parsePatch } from "./parse-patch.ts";
import { missing, readFiles } from "./read-files.ts";
import { type FileChange, writeFiles } from "./write-files.ts";

export const applyPatch = defineTool({
  name: "apply_patch",
  description: `Change files by a patch, all of it or nothing:
*** Begin Patch
*** Update File: src/a.py
@@ def total(items):
     for item in items:
-        sum += 1
+        sum += item.price
*** Add File: src/b.py
+print("new")
*** Delete File: src/c.py
*** End Patch
An update may be followed by \`*** Move to: NEW_PATH\`. In it each line begins with a space (stays), - (goes) or + (comes), with three lines around each change; where they are not unique, \`@@\` names a line above. \`*** End of File\` follows lines that end the file. Paths are relative to the workspace. The answer says whether the syntax is still right.`,
  parameters: z.strictObject({ input: z.string().min(1).describe("The whole patch") }),
  async run({ input }, context) {
    const files = parsePatch(input);
    requireOnce(files, context);
    const paths = files.flatMap((file) =>
      file.act === "update" && file.moveTo !== undefined ? [file.path, file.moveTo] : [file.path],
    );
    const found = await readFiles(paths, context);
    const contents = new Map<string, Buffer | undefined>();
    for (const [n, path] of paths.entries()) {
      const it = found[n];
      if (it?.kind === "large")
        throw new NightshiftError("bad_input", `${path} has ${it.bytes} bytes, too many for a patch. Use bash.`);
      contents.set(path, it?.kind === "file" ? it.content : undefined);
    }
    const gone = files.find(({ act, path }) => act !== "add" && contents.get(path) === undefined);
    if (gone !== undefined) throw await missing(gone.path, context);
    const changes = files.flatMap((file) => changesOf(file, contents));
    const remarks = await writeFiles(changes, context);
    const lines = files.map((file) => {
      const path = (file.act === "update" && file.moveTo) || file.path;
      const remark = remarks[changes.findIndex((change) => change.path === path)] ?? "";
      return `${said(file)}${remark === "" ? "" : `\n${remark}`}`;
    });
    return { text: lines.join("\n") };
  },
});

function changesOf(file: FilePatch, contents: ReadonlyMap<string, Buffer | undefined>): readonly FileChange[] {
  const { path } = file;
  const there = contents.get(path);
  if (file.act === "add") {
    if (there !== undefined)
      throw new NightshiftError(
        "bad_input",
        `${path} is there already. Update it, or write all of it anew with write_file. Nothing was changed.`,
      );
    return [{ path, content: Buffer.from(file.lines.map((line) => `${line}\n`).join("")) }];
  }
  if (file.act === "delete") return [{ path, content: null }];
  const before = there ?? Buffer.of();
  const { text, bytesOf } = keptText(path, before);
  const content = bytesOf(applyHunks(path, text, file.hunks));
  if (file.moveTo === undefined) return [{ path, content, before }];
  if (contents.get(file.moveTo) !== undefined)
    throw new NightshiftError(
      "bad_input",
      `${file.moveTo} is there already, so ${path} cannot be moved to it. Nothing was changed.`,
    );
  return [
    { path: file.moveTo, content, before, modeOf: path },
    { path, content: null },
  ];
}

function requireOnce(files: readonly FilePatch[], context: ToolContext): void {
  const seen = new Set<string>();
  for (const file of files) {
    for (const path of file.act === "update" && file.moveTo !== undefined ? [file.path, file.moveTo] : [file.path]) {
      const absolute = absolutePath(path, context);
      if (seen.has(absolute))
        throw new NightshiftError(
          "bad_input",
          `The patch names ${path} twice. Put all that changes in it into one part. Nothing was changed.`,
        );
      seen.add(absolute);
    }
  }
}

function said(file: FilePatch): string {
  switch (file.act) {
    case "add":
      return `Added ${file.path}.`;
    case "delete":
      return `Deleted ${file.path}.`;
    case "update":
      return file.moveTo === undefined ? `Updated ${file.path}.` : `Moved ${file.path} to ${file.moveTo}.`;
    default:
      return file satisfies never;
  }
}
