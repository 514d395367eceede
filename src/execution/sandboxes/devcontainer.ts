import { z } from "zod";
import type { ReadText } from "../../domain/committed-files.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { shellWord } from "../../domain/shell-word.ts";

/** What a repository's `devcontainer.json` says of how it is set up. */
export interface Devcontainer {
  readonly path: string;
  readonly image: string | undefined;
  /** `onCreateCommand`, `updateContentCommand` and `postCreateCommand`, in this order, as one command. */
  readonly setup: string | undefined;
  /** What it asks for and does not get, for people. */
  readonly warnings: readonly string[];
}

const paths = [".devcontainer/devcontainer.json", ".devcontainer.json"] as const;

/** In characters, as many as people write by hand and more. */
const most = 65_536;

const one = z.union([z.string(), z.array(z.string())]);
const command = z.union([one, z.record(z.string(), one)]).optional();
// https://containers.dev/implementors/json_reference/
const schema = z.looseObject({
  image: z.string().min(1).optional(),
  onCreateCommand: command,
  updateContentCommand: command,
  postCreateCommand: command,
});
type Command = z.infer<typeof command>;

/** `undefined` where there is none, which is not the same as one that says nothing. */
export async function readDevcontainer(read: ReadText): Promise<Devcontainer | undefined> {
  for (const path of paths) {
    const text = await read(path);
    if (text !== undefined) return parse(path, text);
  }
  return undefined;
}

function parse(path: string, text: string): Devcontainer {
  const unused = (why: string): Devcontainer => {
    return { path, image: undefined, setup: undefined, warnings: [`${path} is not used, ${why}`] };
  };
  if (text.length > most) return unused(`it is over ${most / 1024} KB`);
  const { data, error } = schema.safeParse(parseJsonc(text));
  if (data === undefined) return unused(`it cannot be read: ${error.issues[0]?.message ?? "unknown"}`);
  const unsupported = ["build", "dockerFile", "dockerComposeFile", "features"].filter((key) => data[key] !== undefined);
  const warnings = unsupported.map(
    (key) =>
      `\`${key}\` in ${path} is not supported: a sandbox starts from a finished image, and nothing is built for it`,
  );
  const setup = [data.onCreateCommand, data.updateContentCommand, data.postCreateCommand].flatMap(lines);
  return { path, image: data.image, setup: setup.length === 0 ? undefined : setup.join(" && "), warnings };
}

/** As a line of a shell each. Those of an object may run side by side and are run in turn: nobody waits for them. */
function lines(value: Command): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return value.trim() === "" ? [] : [grouped(inWorkspace(value))];
  if (Array.isArray(value)) return value.length === 0 ? [] : [value.map(quoted).join(" ")];
  return Object.values(value).flatMap(lines);
}

/** So that `&&` joins whole lines, whatever they hold; a simple one stays as people wrote it. */
function grouped(line: string): string {
  return /[;&|#\n]/.test(line) ? `(${line}\n)` : line;
}

function inWorkspace(line: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the specification's way of writing a variable
  return line.replaceAll("${containerWorkspaceFolder}", "$PWD");
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : shellWord(word);
}

// What is not closed runs to the end: looking for the end of each such part in vain would take the square of the length.
const string = String.raw`"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?$)`;
const comments = new RegExp(String.raw`${string}|//[^\n]*|/\*[\s\S]*?(?:\*/|$)`, "g");
const trailingCommas = new RegExp(String.raw`${string}|,(?=\s*[}\]])`, "g");

/** JSON with comments and trailing commas; strings are left as they are. */
function parseJsonc(text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/, "")
    .replaceAll(comments, (part) => (part.startsWith('"') ? part : " "))
    .replaceAll(trailingCommas, (part) => (part.startsWith('"') ? part : ""));
  return parseJson(plain);
}
