import type { Coded } from "../coded.ts";
import type { Round } from "../round.ts";
import { blocking, findingLine } from "./guard-lines.ts";
import { resultOf } from "./round-lines.ts";
import { said, saidInLine } from "./said.ts";

/** What was tried, for the person who goes on from there: for each round who it was, how its work ended and what machines saw of it. */
export function triedLines(rounds: readonly Round[]): readonly string[] {
  return ["What was tried:", "", ...rounds.map((round, index) => `${index + 1}. ${triedLine(round)}`)];
}

function triedLine({ work, seen, findings, decision }: Round): string {
  const turns = `${work.turns} ${work.turns === 1 ? "turn" : "turns"}`;
  const [objection, ...more] = blocking(findings);
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return [
    `\`${work.model}\`, ${turns}, $${work.costUsd.toFixed(4)}: ${endOf(work)}.`,
    ...(work.status === "changed" ? [`${begun(resultOf(seen))}.`] : []),
    ...(objection === undefined ? [] : [`A rule objects: ${findingLine(objection)}${rest}.`]),
    ...wordsAtStop(work).map((words) => `Its last words: "${saidInLine(words)}"`),
    ...(decision?.next === "refine" ? ["It went back to the same model."] : []),
    ...(decision?.next === "escalate" && decision.why === "confidence" ? ["Its coder was not sure of it."] : []),
  ].join(" ");
}

/** How a round's work ended, and what it left behind. */
function endOf(work: Coded): string {
  if (work.status === "unchanged") {
    return work.stop === null ? "it handed in without a change" : saidInLine(lowered(work.reason).replace(/\.$/, ""));
  }
  if (work.stop === null) return `it handed in "${saidInLine(work.submission.title)}"`;
  return `it was stopped, with its change kept: ${saidInLine(work.unfinished ?? work.stop)}`;
}

/** The last words of an agent that was stopped, as a block. */
export function lastWords(work: Coded): readonly string[] {
  return wordsAtStop(work).map((words) => `The last words of its coder:\n\n${said(words)}`);
}

/** Where it declined, they are the reason already. */
function wordsAtStop({ stop, words }: Coded): readonly string[] {
  return stop === null || stop === "declined" || !words ? [] : [words];
}

function begun(clause: string): string {
  return `${clause[0]?.toUpperCase() ?? ""}${clause.slice(1)}`;
}

function lowered(sentence: string): string {
  return `${sentence[0]?.toLowerCase() ?? ""}${sentence.slice(1)}`;
}
