import { isUtf8 } from "node:buffer";
import { NightshiftError } from "../../domain/errors.ts";
import { decoded, encoded } from "./seek-lines.ts";

/** A file's text as edits take it, bytes of UTF-8 that are held as Latin-1, and the way back. */
export interface KeptText {
  readonly text: string;
  /** The file's bytes for that text, all that was not changed as it was. @throws NightshiftError `bad_input` for a letter that its encoding has not. */
  readonly bytesOf: (text: string) => Buffer;
}

/** What is no UTF-8 is edited in Latin-1, in which it is shown: every byte has a letter there, and gets back to itself. */
export function keptText(path: string, content: Buffer): KeptText {
  const text = content.toString("latin1");
  if (isUtf8(content)) return { text, bytesOf: (edited) => Buffer.from(edited, "latin1") };
  return {
    text: encoded(text),
    bytesOf(edited) {
      const letters = decoded(edited);
      const foreign = notLatin1(letters);
      if (foreign === undefined) return Buffer.from(letters, "latin1");
      throw new NightshiftError(
        "bad_input",
        `${path} was not changed: it is not UTF-8 but shown and edited as Latin-1, which has no \`${foreign}\`. Write it with letters of Latin-1, or change the file with bash in its own encoding (iconv).`,
      );
    },
  };
}

/** A new text for a file that is there, in the encoding and with the line ends that it has; and what to say of that. */
export function rewritten(before: Buffer, text: string): { readonly content: Buffer; readonly note: string } {
  const fresh = withLineEndsOf(before.toString("latin1"), text);
  const kept = fresh === text ? "" : "Its Windows line ends (CRLF) were kept.";
  if (isUtf8(before) || before.includes(0)) return { content: Buffer.from(fresh), note: kept };
  const fits = notLatin1(fresh) === undefined;
  const encoding = fits ? "It was not UTF-8: written as Latin-1." : "It was not UTF-8, and is now.";
  return { content: Buffer.from(fresh, fits ? "latin1" : "utf8"), note: `${encoding} ${kept}`.trim() };
}

function notLatin1(text: string): string | undefined {
  return [...text].find((letter) => letter > "\u00ff");
}

/** A model writes `\n`; in a file whose lines all end in `\r\n`, so do those of the text. */
export function withLineEndsOf(file: string, text: string): string {
  const windows = file.includes("\r\n") && !/(?<!\r)\n/.test(file);
  return windows ? text.replaceAll(/\r?\n/g, "\r\n") : text;
}
