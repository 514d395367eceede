import { posix } from "node:path";
import type { CommittedFiles } from "../../domain/committed-files.ts";
import { isForeign } from "../../domain/outline.ts";
import { quoteUntrusted, visibleText } from "../../domain/quote-untrusted.ts";
import { contributingParts } from "./contributing-parts.ts";

/** 6,000 tokens for all of them, at four characters a token; one file may take half. */
const allChars = 24_000;
const fileChars = 12_000;
const contributingChars = 4_000;

const atTop = ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"] as const;
const inFolders = /(?:^|\/)(?:AGENTS|CLAUDE)\.md$/;
const contributing = ["CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"] as const;
/** What does not fit is named, but not without end. */
const mostNamed = 20;

interface Instruction {
  readonly path: string;
  readonly text: string;
}

/**
 * What the repository's maintainers ask of everybody who changes it, as it stands on the base: quoted, within a budget, and what had no room
 * named. Of the folders, those count that files which the ticket names are in.
 */
export async function instructionsOf(files: CommittedFiles, named: readonly string[]): Promise<string> {
  const folders = [...files.hashes.keys()]
    .filter((path) => inFolders.test(path) && path.includes("/") && !isForeign(path))
    .toSorted();
  const onTheWay = folders.filter((path) => named.some((file) => file.startsWith(folderOf(path))));
  const found = await inOrder(files, [...atTop, ...onTheWay]);
  const guide = await guideOf(files);

  const quoted: string[] = [];
  const cut: string[] = [];
  let left = allChars;
  for (const { path, text } of [...found, ...guide]) {
    const room = Math.min(fileChars, left);
    if (text.length > room) cut.push(path);
    if (room < Math.min(text.length, 500)) continue;
    quoted.push(quoteUntrusted(path, text, room));
    left -= Math.min(text.length, room);
  }
  const elsewhere = folders.filter((path) => !onTheWay.includes(path));
  return [
    ...(quoted.length === 0 ? [] : ["The repository's maintainers ask of everybody who changes it:", ...quoted]),
    ...listed("There was no room for all of these; read in the workspace what you need of them", cut),
    ...listed("These hold for their own folders; read them before you change anything there", elsewhere),
  ].join("\n");
}

/** The texts that are there, each once: one is often a link to another, or says no more than to read it. */
async function inOrder(files: CommittedFiles, paths: readonly string[]): Promise<readonly Instruction[]> {
  const found: Instruction[] = [];
  for (const path of paths) {
    const text = await followed(files, path);
    if (text === "" || found.some((other) => other.text === text)) continue;
    found.push({ path, text });
  }
  return found;
}

/** A link's text is the path it leads to, and `@PATH` takes the place of a file in tools that know it. */
async function followed(files: CommittedFiles, path: string): Promise<string> {
  const text = visibleText((await files.read(path)) ?? "");
  const [, to] = /^@?([^\s@]{1,200}\.md)$/.exec(text) ?? [];
  return to === undefined ? text : visibleText((await files.read(posix.join(posix.dirname(path), to))) ?? "");
}

async function guideOf(files: CommittedFiles): Promise<readonly Instruction[]> {
  for (const path of contributing) {
    const text = await followed(files, path);
    if (text !== "") return [{ path, text: contributingParts(text, contributingChars) }];
  }
  return [];
}

function listed(what: string, paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  const names = paths
    .slice(0, mostNamed)
    .map((path) => (/^[\w@.+/-]{1,200}$/.test(path) ? path : JSON.stringify(path)));
  const more = paths.length > mostNamed ? `\n[… ${paths.length - mostNamed} more]` : "";
  return [`${what}:\n${quoteUntrusted("paths", names.join("\n"))}${more}`];
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
