/** A line of a changed file, as a diff shows it. */
export interface DiffLine {
  /** On both sides, on the new one only, on the old one only. */
  readonly mark: " " | "+" | "-";
  readonly text: string;
  /** Counted on the new side, for `-` on the old one. */
  readonly n: number;
}

/** One file of a change, read as data. */
export interface FileDiff {
  readonly path: string;
  readonly status: "added" | "deleted" | "changed" | "renamed";
  /** What a renamed file was called. */
  readonly from: string | null;
  /** Only of a `text` the lines are known; `unread` is one that is too large, or one too many. */
  readonly kind: "text" | "binary" | "unread" | "link" | "submodule";
  /** Of the new side; 0 when deleted. */
  readonly bytes: number;
  /** It can be run as a program, and could not before. */
  readonly becomesExecutable?: boolean;
  /** The whole file, both sides; empty where it was renamed and nothing else. */
  readonly lines: readonly DiffLine[];
  /** Both sides of what is no text, to look for secrets in; `undefined` where that would be too much as well. */
  readonly raw?: { readonly old: string; readonly now: string };
}

/** A file's lines before the change. */
export function before({ lines }: FileDiff): readonly DiffLine[] {
  return lines.filter(({ mark }) => mark !== "+");
}

/** A file's lines after it. */
export function after({ lines }: FileDiff): readonly DiffLine[] {
  return lines.filter(({ mark }) => mark !== "-");
}

export function added({ lines }: FileDiff): readonly DiffLine[] {
  return lines.filter(({ mark }) => mark === "+");
}

export function removed({ lines }: FileDiff): readonly DiffLine[] {
  return lines.filter(({ mark }) => mark === "-");
}
