import { NightshiftError } from "../../domain/errors.ts";

/** Lines of a file with what is to stand there instead. */
export interface Hunk {
  /** A line somewhere above it, which names the function, say. */
  readonly anchors: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** It is the end of the file. */
  readonly atEnd: boolean;
}

export type FilePatch =
  | { readonly act: "add"; readonly path: string; readonly lines: readonly string[] }
  | { readonly act: "delete"; readonly path: string }
  | {
      readonly act: "update";
      readonly path: string;
      readonly moveTo: string | undefined;
      readonly hunks: readonly Hunk[];
    };

const head = /^\*\*\* (Add|Delete|Update) File: (.+)$/;

/**
 * Reads a patch between `*** Begin Patch` and `*** End Patch`.
 * @throws NightshiftError `bad_input` with the line that is wrong, and what could stand there.
 */
export function parsePatch(patch: string): readonly FilePatch[] {
  const lines = unwrapped(
    patch
      .trim()
      .split("\n")
      .map((line) => line.replace(/\r$/, "")),
  );
  if (lines[0]?.trim() !== "*** Begin Patch") throw wrong(1, lines[0], "The first line has to be `*** Begin Patch`.");
  if (lines.at(-1)?.trim() !== "*** End Patch") {
    throw wrong(lines.length, lines.at(-1), "The last line has to be `*** End Patch`.");
  }
  const files: FilePatch[] = [];
  for (let at = 1; at < lines.length - 1; ) {
    const line = lines[at] ?? "";
    const [, act, path = ""] = head.exec(line.trimEnd()) ?? [];
    if (act === undefined) {
      throw wrong(
        at + 1,
        line,
        "Here begins a file: `*** Add File: `, `*** Update File: ` or `*** Delete File: ` and its path.",
      );
    }
    const end = endOf(lines, at + 1);
    files.push(fileOf(act, path, { lines: lines.slice(at + 1, end), first: at + 2 }));
    at = end;
  }
  if (files.length === 0) throw new NightshiftError("bad_input", "The patch names no file.");
  return files;
}

/** Without a fence, or the shell's command that such patches are given to, around it. */
function unwrapped(lines: readonly string[]): readonly string[] {
  const [begin, end] = ["*** Begin Patch", "*** End Patch"].map((mark) =>
    lines.findIndex((line) => line.trim() === mark),
  );
  const wrapping = /^(?:```|apply_patch\b|cat\b)/;
  if (begin !== 1 || !wrapping.test(lines[0] ?? "") || end !== lines.length - 2) return lines;
  return lines.slice(begin, end + 1);
}

interface Body {
  readonly lines: readonly string[];
  /** The number of its first line in the patch. */
  readonly first: number;
}

function endOf(lines: readonly string[], from: number): number {
  const next = lines.findIndex((line, n) => n >= from && head.test(line.trimEnd()));
  return next === -1 ? lines.length - 1 : next;
}

function fileOf(act: string, path: string, body: Body): FilePatch {
  if (act === "Update") return updateOf(path, body);
  const odd = body.lines.findIndex((line) => (act === "Add" ? !line.startsWith("+") : line.trim() !== ""));
  if (odd !== -1) {
    const hint =
      act === "Add" ? "Each line of a new file begins with `+`." : "Nothing follows the name of a file to delete.";
    throw wrong(body.first + odd, body.lines[odd], hint);
  }
  return act === "Add" ? { act: "add", path, lines: body.lines.map((line) => line.slice(1)) } : { act: "delete", path };
}

function updateOf(path: string, body: Body): FilePatch {
  const moveTo = /^\*\*\* Move to: (.+)$/.exec(body.lines[0]?.trimEnd() ?? "")?.[1];
  const skipped = moveTo === undefined ? 0 : 1;
  const hunks = hunksOf({ lines: body.lines.slice(skipped), first: body.first + skipped });
  if (hunks.length === 0 && moveTo === undefined) {
    throw wrong(
      body.first,
      body.lines[0],
      `The update of ${path} changes nothing. Give lines with \`-\` and \`+\`, or a \`*** Move to: \`.`,
    );
  }
  return { act: "update", path, moveTo, hunks };
}

function hunksOf({ lines, first }: Body): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let [anchors, before, after] = [[] as string[], [] as string[], [] as string[]];
  const close = (atEnd: boolean) => {
    if (before.length + after.length > 0) {
      hunks.push({ anchors, before, after, atEnd });
      [anchors, before, after] = [[], [], []];
    }
  };
  for (const [n, line] of lines.entries()) {
    if (/^@@( |$)/.test(line)) {
      close(false);
      // Line numbers, as in other patches, say nothing here.
      const anchor = line
        .slice(3)
        .replace(/^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*|@@$/, "")
        .trimEnd();
      if (anchor.trim() !== "") anchors.push(anchor);
    } else if (line.trimEnd() === "*** End of File") {
      close(true);
    } else if (line.startsWith("\\ No newline")) {
      // Said by diff of the line above; how the file ends stays as it is.
    } else if (line === "" || line.startsWith(" ")) {
      before.push(line.slice(1));
      after.push(line.slice(1));
    } else if (line.startsWith("-")) {
      before.push(line.slice(1));
    } else if (line.startsWith("+")) {
      after.push(line.slice(1));
    } else {
      throw wrong(
        first + n,
        line,
        "Each line begins with a space (stays), `-` (goes) or `+` (comes), or is `@@` and a line above.",
      );
    }
  }
  close(false);
  return hunks;
}

function wrong(n: number, line: string | undefined, hint: string): NightshiftError {
  return new NightshiftError(
    "bad_input",
    `The patch is wrong in its line ${n}, \`${(line ?? "").slice(0, 100)}\`. ${hint}`,
  );
}
