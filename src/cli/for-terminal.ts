import { stripVTControlCharacters } from "node:util";
import { withoutControls } from "../domain/without-controls.ts";

/** A text as a terminal may have it: titles, answers and output are other people's, and must not steer it. */
export function forTerminal(text: string): string {
  return withoutControls(stripVTControlCharacters(text));
}

/** Lines no wider than that many columns, what does not fit gone for "…". */
export function fitted(text: string, columns: number): string {
  const shorten = (line: string) => (line.length <= columns ? line : `${line.slice(0, columns - 1).toWellFormed()}…`);
  return text.split("\n").map(shorten).join("\n");
}
