import type { Outcome } from "../domain/run.ts";
import type { Published } from "./publish.ts";
import type { Round } from "./round.ts";
import { roundsLines } from "./round-lines.ts";

/** What a person has to know to go on, with all that was tried where that was more than one round. */
export function needsPerson(rounds: readonly Round[], pull?: Published): Outcome {
  const last = rounds.at(-1)?.work;
  const parts = [
    ...(pull === undefined ? [] : [`${pull.url} is a draft: ${pull.doubts.join("; ")}.`]),
    ...(last?.status === "unchanged" ? [last.reason] : []),
    ...(rounds.length < 2 ? [] : [["What was tried:", ...roundsLines(rounds)].join("\n")]),
  ];
  return { status: "needs_human", reason: parts.join("\n\n") };
}
