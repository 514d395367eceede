import { type Pattern, patternsIn, type StuckCause } from "./patterns.ts";
import type { Trace } from "./trace.ts";

/** What ends an agent's work before it hands in. */
export const stopCauses = [
  "idle",
  "repeating",
  "alternating",
  "same_error",
  "no_progress",
  "malformed",
  "turns",
  "time",
  "money",
  "declined",
  "overflow",
  "refused",
  "stopped",
  "failed",
] as const;
export type StopCause = (typeof stopCauses)[number];

/** So many turns tell whether an agent gets on. */
export const window = 40;

/** What follows from a pattern: the model is told once, and when that does not help its work ends. */
export type Stuck = Pick<Pattern, "cause" | "red"> &
  (
    | { readonly next: "nudge"; readonly values: Readonly<Record<string, string>> }
    | { readonly next: "stop"; readonly reason: string }
  );

/** What shows in its last turns that an agent gets no further; `undefined` while it may. Red tests that are `excused` do not show it. */
export function stuckBy(recent: readonly Trace[], excused: ReadonlySet<string> = new Set()): Stuck | undefined {
  const last = recent.at(-1);
  if (last === undefined) return undefined;
  const found = patternsIn(recent, excused).filter(
    ({ turns, least }) => turns.length >= least && turns.at(-1) === last.n,
  );
  const toldIn = (cause: StuckCause) => recent.findLast(({ notes }) => notes.includes(cause))?.n;
  for (const { cause, turns, least, more, reason, red } of found) {
    const told = toldIn(cause);
    const goesOn = told !== undefined && turns.filter((n) => n > told).length >= more;
    // What was left off and begins anew is counted from its beginning.
    if (goesOn && turns.length >= least + more) return { cause, red, next: "stop", reason };
  }
  const fresh = found.find(({ cause }) => toldIn(cause) === undefined);
  return fresh && { cause: fresh.cause, red: fresh.red, next: "nudge", values: fresh.values };
}
