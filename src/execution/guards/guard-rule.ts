import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { RepositorySettings } from "../../domain/settings.ts";

/** All that a rule may look at: the change and what surrounds it on the base, as data. */
export interface GuardedChange {
  readonly files: readonly FileDiff[];
  /** Every file of the base. */
  readonly basePaths: ReadonlySet<string>;
  /** The first lines of source files of the base, by the folder that they are in. */
  readonly neighbours: ReadonlyMap<string, readonly string[]>;
  readonly settings: Pick<RepositorySettings, "protected_paths" | "test_secrets" | "max_changed_lines" | "max_file_kb">;
}

/** Looks for one kind of thing in a change; runs nothing, reads nothing else. */
export type Guard = (change: GuardedChange) => readonly GuardFinding[];

/** The lines that a file has more of than before, by what a pattern finds in them: a line that only moved is none. */
export function gained(file: FileDiff, pattern: RegExp, lost: readonly string[] = []): readonly DiffLine[] {
  const left = [...lost];
  for (const { mark, text } of file.lines) {
    const found = mark === "-" ? pattern.exec(text)?.[0].trim() : undefined;
    if (found !== undefined) left.push(found);
  }
  return file.lines.filter(({ mark, text }) => {
    const found = mark === "+" ? pattern.exec(text)?.[0].trim() : undefined;
    if (found === undefined) return false;
    const at = left.indexOf(found);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
