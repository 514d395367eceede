import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { shellWord } from "../../domain/shell-word.ts";
import type { ToolAnswer, ToolContext } from "../../domain/tool.ts";
import { defineTool } from "./define-tool.ts";
import { imageType } from "./image-type.ts";
import { absolutePath, inWorkspace, outside } from "./in-workspace.ts";
import { missing, readFiles } from "./read-files.ts";

const maxLines = 1000;
const maxLineChars = 2000;
const maxChars = 50_000;
/** Of a large file so many are taken for the lines that were asked for, and looked at to see whether it is text. */
const [partChars, headBytes] = [20 * maxChars, 8_000];
/** What the strictest provider takes, which counts it in Base64. */
const maxImageBytes = 3.75 * 1024 * 1024;

export const readFile = defineTool({
  name: "read_file",
  description: `Read a file of the workspace. Text comes with line numbers, ${maxLines} lines at most at once; from_line and to_line choose others. Pictures (PNG, JPEG, GIF, WebP) are shown.`,
  parameters: z.strictObject({
    path: z.string().min(1).describe("Relative to the workspace, or absolute"),
    from_line: z.number().int().min(1).optional(),
    to_line: z.number().int().min(1).optional(),
  }),
  readOnly: true,
  async run({ path, from_line, to_line }, context) {
    const from = from_line ?? 1;
    if (to_line !== undefined && to_line < from) return failure(`to_line ${to_line} is before from_line ${from}.`);
    const [found = { kind: "missing" }] = await readFiles([path], context);
    switch (found.kind) {
      case "missing":
        throw await missing(path, context);
      case "large":
        if (from_line !== undefined || to_line !== undefined)
          return await part(path, found.bytes, from, to_line, context);
        return failure(
          `${path} has ${found.bytes} bytes, too many to be read whole. Give from_line and to_line, or look for what you need with search.`,
        );
      case "file":
        return shown(path, found.content, from, to_line);
      default:
        return found satisfies never;
    }
  },
});

function shown(path: string, content: Buffer, from: number, to: number | undefined): ToolAnswer {
  if (content.length === 0) return { text: `${path} is empty.` };
  const mediaType = imageType(content);
  if (mediaType !== undefined) return picture(path, content, mediaType);
  if (content.includes(0)) return failure(binary(path, content));
  const utf8 = isUtf8(content);
  const lines = content.toString(utf8 ? "utf8" : "latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (from > lines.length) {
    return failure(`${path} has ${lines.length} lines; from_line ${from} is past its end.`);
  }
  const some = numbered(lines.slice(from - 1, Math.min(to ?? Infinity, from + maxLines - 1)), from);
  const next = from + some.length;
  const notes = [
    ...(next <= lines.length ? [`${path} has ${lines.length} lines; go on with from_line ${next}`] : []),
    ...(utf8
      ? []
      : [`${path} is not UTF-8; it is shown as Latin-1, and an edit is written so and keeps all other bytes`]),
    ...(some.some(isCut) ? [cutHint] : []),
  ];
  return { text: [...some, ...notes.map((note) => `[${note}]`)].join("\n") };
}

/** Of a file that is too large to be sent whole. */
async function part(
  path: string,
  bytes: number,
  from: number,
  to: number | undefined,
  context: ToolContext,
): Promise<ToolAnswer> {
  const last = Math.min(to ?? Infinity, from + maxLines - 1);
  const file = shellWord(absolutePath(path, context));
  const script = `enter ${file} || exit 3
[ "$(head -c ${headBytes} <"./$b" | tr -d '\\000' | wc -c)" -lt ${headBytes} ] && exit 4
sed -n '${from},${last}p;${last}q' <"./$b" | tr -d '\\000' | head -c ${partChars}`;
  const { output, exitCode } = await inWorkspace({ script, timeoutMs: 60_000, keepBytes: 25 * maxChars }, context);
  if (exitCode === 3) throw outside(path, context);
  if (exitCode === 4) return failure(isBinary(path, bytes));
  if (output === "") return failure(`${path} (${bytes} bytes) has no line ${from}, or takes too long to get there.`);
  const lines = output.replace(/\n$/, "").split("\n");
  const some = numbered(lines, from);
  const isEnd = some.length === lines.length && some.length <= last - from && output.length < partChars;
  const next = isEnd ? "this is its end" : `go on with from_line ${from + some.length}`;
  const notes = [`${path} has ${bytes} bytes; ${next}`, ...(some.some(isCut) ? [cutHint] : [])];
  return { text: [...some, ...notes.map((note) => `[${note}]`)].join("\n") };
}

function picture(path: string, content: Buffer, mediaType: NonNullable<ReturnType<typeof imageType>>): ToolAnswer {
  if (content.length > maxImageBytes) {
    return failure(
      `${path} is a picture of ${content.length} bytes; ${maxImageBytes} can be shown. Make a smaller one with bash, outside of the repository's files.`,
    );
  }
  const image = { mediaType, base64: content.toString("base64") };
  return { text: `${path} is a picture (${mediaType}, ${content.length} bytes), shown here.`, images: [image] };
}

function binary(path: string, content: Buffer): string {
  const wide = [0xfffe, 0xfeff].includes(content.length < 2 ? 0 : content.readUInt16BE(0));
  return wide
    ? `${path} is text in UTF-16. Read it with bash: iconv -f UTF-16 -t UTF-8.`
    : isBinary(path, content.length);
}

function isBinary(path: string, bytes: number): string {
  return `${path} is a binary file of ${bytes} bytes. Look into it with bash, by a program that knows its format.`;
}

/** As many of the lines as one answer can hold. */
function numbered(lines: readonly string[], first: number): readonly string[] {
  const shown: string[] = [];
  let room = maxChars;
  for (const line of lines) {
    const text = `${String(first + shown.length).padStart(5)}  ${shorten(line.replace(/\r$/, ""))}`;
    room -= text.length;
    if (room < 0) break;
    shown.push(text);
  }
  return shown;
}

const cutHint = "of a line that is cut, see other columns with bash: sed -n LINEp FILE | cut -c FROM-TO";

function shorten(line: string): string {
  return line.length <= maxLineChars
    ? line
    : `${line.slice(0, maxLineChars)} [… ${line.length - maxLineChars} more characters]`;
}

function isCut(line: string): boolean {
  return line.length > maxLineChars && line.endsWith(" more characters]");
}

function failure(text: string): ToolAnswer {
  return { text, isError: true };
}
