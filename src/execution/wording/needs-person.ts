import type { Outcome } from "../../domain/run.ts";
import { isUnpublishable } from "../guards/findings-of.ts";
import type { Published } from "../publish.ts";
import { bestOf, type Round } from "../round.ts";
import type { WorkflowContext } from "../workflow.ts";
import { findingLine } from "./guard-lines.ts";
import { lastWords, triedLines } from "./tried-lines.ts";
import { waysOn } from "./waiver-lines.ts";

/** What a person has to know to go on, with all that was tried where that was more than one round. */
export function needsPerson(
  { ticket }: Pick<WorkflowContext, "ticket">,
  rounds: readonly Round[],
  pull?: Published,
): Outcome {
  const last = rounds.at(-1)?.work;
  const isOnly = rounds.length < 2;
  const ways = waysOn(bestOf(rounds)?.findings ?? []);
  const parts = [
    ...(pull === undefined ? [] : [`${pull.url} is a draft: ${pull.doubts.join("; ")}.`]),
    // Why the last one was stopped stands among what was tried.
    ...(last?.status === "unchanged" && (last.stop === null || isOnly) ? [last.reason] : []),
    ...(pull === undefined ? unpublished(rounds) : []),
    ...(ticket.source === "github_issue" && ways.length > 0 ? [ways.join("\n\n")] : []),
    ...(isOnly ? rounds.flatMap(({ work }) => lastWords(work)) : [triedLines(rounds).join("\n")]),
  ];
  return { status: "needs_human", reason: parts.join("\n\n") };
}

/** Why a change that there is was not pushed. */
function unpublished(rounds: readonly Round[]): readonly string[] {
  const findings = bestOf(rounds)?.findings.filter(isUnpublishable) ?? [];
  if (findings.length === 0) return [];
  return [["The change was not pushed:", ...findings.map((finding) => `- ${findingLine(finding)}`)].join("\n")];
}
