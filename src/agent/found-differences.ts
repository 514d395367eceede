import { explain } from "../domain/errors.ts";
import { joinPrompts, type Prompt } from "../domain/recording.ts";
import type { Redact } from "../domain/redact.ts";
import { renderPrompt } from "./render-prompt.ts";
import { type Difference, difference } from "./replay-diff.ts";

/** What differs in the same way from one turn to another. */
export interface Differing extends Difference {
  readonly fromTurn: number;
  readonly toTurn: number;
}

export interface FoundDifferences {
  readonly found: readonly Differing[];
  note(n: number, differences: readonly Difference[]): void;
  /** The text as its prompts make it today; as it was recorded where none stand behind it, or where they cannot make it any more. */
  renewed(part: string, recorded: string, sources: Prompt["sources"], n?: number): Promise<string>;
}

/** Where a replay keeps what it finds. */
export function foundDifferences(redact: Redact): FoundDifferences {
  const found: Differing[] = [];
  const note = (n: number, differences: readonly Difference[]) => {
    for (const it of differences) {
      const before = found.findIndex((last) => last.toTurn === n - 1 && isSame(last, it));
      const known = found[before];
      if (known === undefined) found.push({ ...it, fromTurn: n, toTurn: n });
      else found[before] = { ...known, toTurn: n };
    }
  };
  return {
    found,
    note,
    async renewed(part, recorded, sources, n = 1) {
      try {
        if (sources.length === 0) return recorded;
        return joinPrompts(await Promise.all(sources.map(({ name, values }) => renderPrompt(name, values)))).text;
      } catch (error) {
        note(n, difference(part, redact(recorded), `cannot be made today: ${explain(error)}`));
        return recorded;
      }
    },
  };
}

function isSame(one: Difference, other: Difference): boolean {
  return (
    one.part === other.part &&
    one.recorded.join("\n") === other.recorded.join("\n") &&
    one.today.join("\n") === other.today.join("\n")
  );
}
