import { stripVTControlCharacters } from "node:util";

/** What a terminal would show of an output in the end: no colours, and of a line that was written over, as progress is, what was written last. */
export function asSeen(output: string): string {
  const plain = stripVTControlCharacters(output);
  if (!plain.includes("\r")) return plain;
  return plain
    .split("\n")
    .map((line) => {
      const shown = line.replace(/\r+$/, "");
      return shown.slice(shown.lastIndexOf("\r") + 1);
    })
    .join("\n");
}
