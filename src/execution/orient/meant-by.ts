import type { Survey } from "../../domain/survey.ts";
import { findNamed } from "./find-named.ts";
import { type Named, wordsOf } from "./named-in.ts";

/** What a file is worth that the ticket names itself, and one that declares a name of the ticket's which nobody else declares. */
const asFile = 3;
const asSymbol = 1.5;
/** Each word that a file shares with the ticket, by how few other files have it: in its own name, in what it declares, in its folders. */
const inName = 1;
const inSymbols = 0.5;
const inFolders = 0.3;

/** How much each file is meant by what the ticket says, from 0 to 1 for the one that is meant most; files that are not meant are left out. */
export function meantBy({ outlines, paths }: Survey, named: Named): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (file: string, weight: number) => void weights.set(file, (weights.get(file) ?? 0) + weight);
  const declaring = new Map<string, string[]>();
  const anyWord = anyOf(named.words);
  const sharing = new Map<string, [file: string, weight: number][]>();
  for (const [file, { symbols }] of outlines) {
    for (const symbol of symbols) {
      if (named.identifiers.has(symbol)) push(declaring, symbol, file);
    }
    for (const [word, weight] of sharedWords(file, symbols, named.words, anyWord)) push(sharing, word, [file, weight]);
  }
  for (const file of findNamed(named, paths)) add(file, asFile);
  for (const files of declaring.values()) for (const file of files) add(file, asSymbol / files.length);
  const rare = Math.log(1 + outlines.size);
  for (const files of sharing.values()) {
    const rarity = Math.log((1 + outlines.size) / files.length) / rare;
    for (const [file, weight] of files) add(file, weight * rarity ** 2);
  }
  const most = [...weights.values()].reduce((one, other) => Math.max(one, other), 1);
  return new Map([...weights].map(([file, weight]) => [file, weight / most]));
}

/** The words of the ticket that the file has, each with where it stands best. */
function sharedWords(
  file: string,
  symbols: readonly string[],
  words: ReadonlySet<string>,
  anyWord: RegExp,
): ReadonlyMap<string, number> {
  const shared = new Map<string, number>();
  const note = (text: string, weight: number) => {
    // Most names share nothing, and to see that takes less than to take them apart.
    if (!anyWord.test(text)) return;
    for (const word of wordsOf(text)) {
      if (words.has(word) && weight > (shared.get(word) ?? 0)) shared.set(word, weight);
    }
  };
  const slash = file.lastIndexOf("/");
  note(file.slice(0, slash + 1), inFolders);
  for (const symbol of symbols) note(symbol, inSymbols);
  note(file.slice(slash + 1).replace(/\.\w+$/, ""), inName);
  return shared;
}

function anyOf(words: ReadonlySet<string>): RegExp {
  return words.size === 0 ? /(?!)/ : new RegExp([...words].map((word) => word.replaceAll("$", "\\$")).join("|"), "i");
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
