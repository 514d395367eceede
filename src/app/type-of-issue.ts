import type { Ticket } from "../domain/ticket.ts";

const byLabel: readonly (readonly [Ticket["type"], RegExp])[] = [
  ["bug", /\b(bug|defect|regression|crash)\b/i],
  ["feature", /\b(feature|enhancement)\b/i],
  ["chore", /\b(chore|dependencies|documentation|docs|refactor(ing)?|maintenance|ci|tests?)\b/i],
];
const soundsBroken =
  /\b(bugs?|fix(es)?|broken|breaks?|crash(es)?|fails?|failing|throws?|NaN|\w*(error|exception)s?|wrong|incorrect(ly)?|regression|(does|do|is|are)(n't| not))\b/i;

/** The ticket's type by the issue's labels, else by how its title sounds. */
export function typeOfIssue(labels: readonly string[], title: string): Ticket["type"] {
  const found = byLabel.find(([, pattern]) => labels.some((label) => pattern.test(label)));
  if (found !== undefined) return found[0];
  return soundsBroken.test(title) ? "bug" : "feature";
}
