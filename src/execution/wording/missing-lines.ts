import type { RunEvent } from "../../domain/event.ts";
import { saidInLine } from "./said.ts";

const mostShown = 5;

/** What the repository has and the sandboxes had not, in one line under the evidence: it may be why a test fails, or why none does. */
export function missingLines(events: readonly RunEvent[]): readonly string[] {
  const told = events.flatMap((event) => (event.type === "warned" && event.about === "checkout" ? event.message : []));
  const missing = [...new Set(told)];
  if (missing.length === 0) return [];
  const shown = missing.slice(0, mostShown).map(saidInLine).join(" ");
  const more = missing.length > mostShown ? ` And ${missing.length - mostShown} more, in the run's events.` : "";
  return [`Missing in the sandboxes: ${shown}${more}`, ""];
}
