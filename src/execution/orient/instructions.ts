import { posix } from "node:path";
import type { CommittedFiles } from "../../domain/committed-files.ts";
import { isForeign } from "../../domain/outline.ts";
import { quoteUntrusted, visibleText } from "../../domain/quote-untrusted.ts";
import { contributingParts } from "./contributing-parts.ts";
import { isScoped, type ScopedInstruction, scopedInstruction } from "./scoped-instructions.ts";

/** 6,000 tokens for all of them, at four characters a token; one file may take half. */
const allChars = 24_000;
const fileChars = 12_000;
const contributingChars = 4_000;

const atTop = ["AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"] as const;
const inFolders = /(?:^|\/)(?:AGENTS|CLAUDE)\.md$/;
const contributing = ["CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"] as const;
/** Of what is imported, what that imports, and so on. */
const mostHops = 3;
/** What does not fit is named, but not without end. */
const mostNamed = 20;

interface Instruction {
  readonly path: string;
  readonly text: string;
}

/**
 * What the repository's maintainers ask of everybody who changes it, as it stands on the base: quoted, within a budget, and what had no room
 * named. Of the folders, those count that files which the ticket names are in; so with instructions that are for some files.
 */
export async function instructionsOf(files: CommittedFiles, named: readonly string[]): Promise<string> {
  const own = [...files.hashes.keys()].filter((path) => !isForeign(path)).toSorted();
  const folders = own.filter((path) => inFolders.test(path) && path.includes("/"));
  const onTheWay = folders.filter((path) => named.some((file) => file.startsWith(folderOf(path))));
  const scoped = await scopedIn(files, own.filter(isScoped));
  const top = await inOrder(files, atTop);
  // What is imported there stands there.
  const isNew = ({ path }: Instruction) => top.every((other) => other.path !== path);
  const meant = scoped.filter(({ appliesTo }) => appliesTo(named)).filter(isNew);
  const guide = (await guideOf(files)).filter(isNew);
  const near = (await inOrder(files, onTheWay)).filter(({ text }) => top.every((other) => other.text !== text));

  const all = [...top, ...guide, ...meant, ...near];
  const rooms = roomsOf([...near.toReversed(), ...meant, ...top, ...guide]);
  const roomOf = ({ path }: Instruction) => rooms.get(path) ?? 0;
  const quoted = all.filter((it) => roomOf(it) > 0).map((it) => quoteUntrusted(it.path, it.text, roomOf(it)));
  const cut = all.filter((it) => it.text.length > roomOf(it)).map(({ path }) => path);
  const elsewhere = [...folders, ...scoped.map(({ path }) => path)].filter((path) =>
    all.every((it) => it.path !== path),
  );
  const unread = elsewhere.filter((path) => !onTheWay.includes(path));
  return [
    ...(quoted.length === 0
      ? []
      : [
          `The repository's maintainers ask of everybody who changes it${near.length + meant.length > 0 ? closest : ""}:`,
          ...quoted,
        ]),
    ...listed("There was no room for all of these; read in the workspace what you need of them", cut),
    ...listed("These hold for their own folders or files; read them before you change anything there", unread),
  ].join("\n");
}

const closest = " (where two of these differ, the one nearest to the file holds, which stands last)";

/** How many characters of each are shown: what is nearest to the files comes first. */
function roomsOf(instructions: readonly Instruction[]): ReadonlyMap<string, number> {
  let left = allChars;
  return new Map(
    instructions.map(({ path, text }) => {
      const room = Math.min(fileChars, left);
      if (room < Math.min(text.length, 500)) return [path, 0];
      left -= Math.min(text.length, room);
      return [path, room];
    }),
  );
}

async function scopedIn(files: CommittedFiles, paths: readonly string[]) {
  const found: (Instruction & ScopedInstruction)[] = [];
  for (const path of paths) {
    const scoped = scopedInstruction((await files.read(path)) ?? "");
    if (scoped !== undefined) found.push({ ...scoped, path, text: visibleText(scoped.text) });
  }
  return found;
}

/** The texts that are there, each once, with what they import: one is often a link to another, or says no more than to read it. */
async function inOrder(files: CommittedFiles, paths: readonly string[]): Promise<readonly Instruction[]> {
  const found: Instruction[] = [];
  const add = async (path: string, hops: number) => {
    const { path: from, text } = await followed(files, path);
    if (text === "" || found.some((other) => other.text === text || other.path === path)) return;
    found.push({ path, text });
    for (const imported of hops > 0 ? importsOf(text, from) : []) await add(imported, hops - 1);
  };
  for (const path of paths) await add(path, mostHops);
  return found;
}

/** The texts that one imports by `@PATH`, as tools that know it do, but for what stands in code. */
function importsOf(text: string, path: string): readonly string[] {
  const prose = text.replaceAll(/^ {0,3}(```+|~~~+)[\s\S]*?^ {0,3}\1|`[^`\n]*`/gm, "");
  const found = prose.matchAll(/(?<=^|\s)@([\w./-]{1,200}\.(?:md|mdx|txt))\b/gm);
  return [...found].map(([, to = ""]) => posix.join(posix.dirname(path), to));
}

/** A link's text is the path it leads to, and `@PATH` takes the place of a file in tools that know it: what is there, and where that is. */
async function followed(files: CommittedFiles, path: string): Promise<Instruction> {
  const text = visibleText((await files.read(path)) ?? "");
  const [, to] = /^@?([^\s@]{1,200}\.md)$/.exec(text) ?? [];
  if (to === undefined) return { path, text };
  const there = posix.join(posix.dirname(path), to);
  return { path: there, text: visibleText((await files.read(there)) ?? "") };
}

async function guideOf(files: CommittedFiles): Promise<readonly Instruction[]> {
  for (const path of contributing) {
    const { text } = await followed(files, path);
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
