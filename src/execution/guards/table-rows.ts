import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { indentOf } from "./conditional-tests.ts";
import type { Guard } from "./guard-rule.ts";
import { mentions, removedNames } from "./removed-names.ts";
import { testLanguageOf } from "./test-language.ts";

const begins =
  /\.each\s*\(?\s*[[`(]|\bparametrize\(|\[\]struct\b|\brange\s+\[\]|@(?:CsvSource|ValueSource)\(|\b(?:cases|tests|rows|table)\b[^=:]*(?::?=|:)[^=].*[[{(]\s*$/;
const row = /^\s*(?:[[{("'`].*[\])}"'`]|pytest\.param\(.*\)|\|.*\|)\s*,?\s*$/;

/** Rows of a table of tests that are gone, where nothing came in their place: each of them was a test. */
export const tableRows: Guard = ({ files }) => {
  const gone = removedNames(files);
  return files
    .filter((file) => testLanguageOf(file) !== undefined)
    .flatMap((file) => tablesOf(file).flatMap((table) => finding(file, table, gone)));
};

/** The lines of each table that is there on both sides. */
function tablesOf({ lines }: FileDiff): readonly (readonly DiffLine[])[] {
  return lines.flatMap((line, at) => {
    if (line.mark !== " " || !begins.test(line.text)) return [];
    const own = indentOf(line.text);
    const below = lines.slice(at + 1);
    // What a table ends with on one side only says that it was written anew.
    const end = below.findIndex(({ mark, text }) => mark === " " && text.trim() !== "" && indentOf(text) <= own);
    return [end === -1 ? [] : below.slice(0, end)];
  });
}

function finding(file: FileDiff, table: readonly DiffLine[], gone: ReadonlySet<string>): readonly GuardFinding[] {
  const lost = table.filter(({ mark, text }) => mark === "-" && row.test(text));
  const [first] = lost;
  // What was written anew may say the same in other words.
  if (first === undefined || table.some(({ mark }) => mark === "+") || mentions(lost, gone)) return [];
  const what = lost.length === 1 ? "a row" : `${lost.length} rows`;
  const text = `${what} of a table of tests ${lost.length === 1 ? "is" : "are"} gone: ${quoteCode(first.text)}`;
  return [{ rule: "deleted-tests", severity: "blocks", file: file.path, line: null, text }];
}
