import type { Survey } from "../../domain/survey.ts";
import { findNamed } from "./find-named.ts";
import type { Named } from "./named-in.ts";
import { rankFiles } from "./rank-files.ts";

/** 1,500 tokens, at four characters a token. */
const mapChars = 6_000;
const folderChars = 1_500;
const mostSymbols = 12;
const mostFolders = 12;

export interface RepositoryMap {
  /** One line for each folder at the top, with how many files are in it. */
  readonly folders: string;
  /** One line for each file, the likeliest first, with what it declares. */
  readonly files: string;
}

/** `undefined` of a repository without files. */
export function drawMap(survey: Survey, named: Named, maxChars = mapChars): RepositoryMap | undefined {
  const paths = survey.paths.filter(isPlain);
  if (paths.length === 0) return undefined;
  const folders = within(folderLines(paths), Math.min(folderChars, maxChars / 4)).join("\n");
  // What is named and is no code, like a page of the documentation, has its place before all others.
  const other = findNamed(named, paths).filter((path) => !survey.outlines.has(path));
  const files = [...other, ...rankFiles(survey, named).filter(isPlain)];
  const lines = files.values().map((file) => fileLine(file, survey, named));
  return { folders, files: within(lines, maxChars - folders.length).join("\n") };
}

/** Neither long enough to fill the map nor able to end its own line. */
function isPlain(path: string): boolean {
  return path.length <= 200 && !/[\p{Cc}\p{Cf}]/u.test(path);
}

function fileLine(file: string, { outlines }: Survey, named: Named): string {
  const symbols = outlines.get(file)?.symbols ?? [];
  const meant = symbols.filter((symbol) => named.identifiers.has(symbol));
  const shown = [...new Set([...meant, ...symbols])].slice(0, mostSymbols);
  const more = symbols.length > shown.length ? [`${symbols.length - shown.length} more`] : [];
  return shown.length === 0 ? file : `${file}: ${[...shown, ...more].join(", ")}`;
}

/** `src/ (312): agent 20, app 6`, the largest first. */
function folderLines(paths: readonly string[]): readonly string[] {
  const top = Map.groupBy(paths, (path) => (path.includes("/") ? (path.split("/", 1)[0] ?? "") : ""));
  return [...top]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([folder, inside]) => {
      if (folder === "") return `(top): ${countedWords(inside.map((path) => [path, 0]))}`;
      const below = Map.groupBy(
        inside.filter((path) => path.split("/", 3).length === 3),
        (path) => path.split("/", 2)[1] ?? "",
      );
      const counts = [...below].map(([name, files]) => [name, files.length] as const);
      const sub = counts.length === 0 ? "" : `: ${countedWords(counts.sort(([, one], [, other]) => other - one))}`;
      return `${folder}/ (${inside.length})${sub}`;
    });
}

function countedWords(counts: readonly (readonly [name: string, count: number])[]): string {
  const words = counts.slice(0, mostFolders).map(([name, count]) => (count === 0 ? name : `${name} ${count}`));
  return [...words, ...(counts.length > mostFolders ? [`${counts.length - mostFolders} more`] : [])].join(", ");
}

/** As many of the lines as there is room for, from the first one on. */
function within(lines: Iterable<string>, maxChars: number): readonly string[] {
  const kept: string[] = [];
  let left = maxChars;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return kept;
}
