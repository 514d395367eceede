import type { StopCause } from "../../agent/stuck.ts";
import type { Evidence } from "../../domain/evidence.ts";
import type { Triaged } from "../planning/triage.ts";
import { cannotRun } from "../proof/cannot-run.ts";
import { countsAgainst } from "../proof/run-check.ts";
import { type Decision, isGreen, type Round } from "../round.ts";
import { ranNothing } from "./doubts.ts";
import { blocking } from "./guard-lines.ts";
import { saidInLine } from "./said.ts";

/** How a change came about, one short line each; none where one model did it at once and nothing was to be decided. */
export function historyLines(begin: Triaged, rounds: readonly Round[]): readonly string[] {
  return [...assessedLine(begin, rounds[0]), ...(rounds.length < 2 ? [] : roundsLines(rounds))];
}

function assessedLine({ assessment, costUsd }: Triaged, first: Round | undefined): readonly string[] {
  if (assessment === null || first === undefined) return [];
  const { type, complexity, reason } = assessment;
  const judged = `- Judged a ${type} of complexity ${complexity.toFixed(2)} for $${costUsd.toFixed(4)}`;
  return [`${judged}: ${saidInLine(reason)}; \`${first.work.model}\` began`];
}

/** Every round with what it came to and what followed. */
function roundsLines(rounds: readonly Round[]): readonly string[] {
  return rounds.map((round, index) => `- Round ${index + 1}, ${roundLine(round)}${whatFollowed(round.decision)}`);
}

/** What one round came to. */
export function roundLine({ work, seen, findings }: Round): string {
  const confidence = work.status === "changed" ? work.submission.confidence : undefined;
  return [
    `\`${work.model}\`: ${work.turns} ${work.turns === 1 ? "turn" : "turns"}, $${work.costUsd.toFixed(4)}`,
    ...(work.stop === null ? [] : [stops[work.stop]]),
    work.status === "unchanged" ? "no change" : resultOf(seen),
    ...(blocking(findings).length === 0 ? [] : ["a rule objects"]),
    ...(confidence === undefined ? [] : [`confidence ${confidence.toFixed(2)}`]),
  ].join(", ");
}

const stops = {
  idle: "stopped, since it called no tool any more",
  malformed: "stopped, since its calls could not be read",
  repeating: "stopped, since it did the same again and again",
  alternating: "stopped, since it went round in circles",
  same_error: "stopped, since it met the same error again and again",
  no_progress: "stopped, since the same tests went on failing",
  turns: "stopped at the limit on turns",
  time: "stopped at the limit on time",
  money: "stopped at the end of its money",
  declined: "declined by the model",
  overflow: "stopped, since the conversation was too long for the model",
  refused: "stopped, since the model's provider refused",
  stopped: "stopped by a person",
  failed: "ended by an error that did not pass",
} as const satisfies Record<StopCause, string>;

/** What machines saw of a change, in a few words. */
export function resultOf(seen: Evidence | undefined): string {
  if (!seen) return "nothing verified";
  if (!isGreen({ seen })) return failureOf(seen);
  if (seen.head.passed && ranNothing(seen.head)) return "no test ran";
  return seen.head.passed ? "the tests pass" : "the tests fail as they do without the change, or only now and then";
}

/** What speaks against a change, in a few words. */
export function failureOf({ base, head, failures, checks = [] }: NonNullable<Evidence>): string {
  const { stage, timed_out, counts, passed } = head;
  if (stage === "setup") return "the set-up fails with the change";
  if (timed_out) return "the tests do not end in time";
  if (cannotRun({ base, head })) return "the test command cannot be run, on the base neither";
  const asked = failures?.asked?.length ?? 0;
  const count = failures?.broken.length ?? counts?.failed ?? 0;
  const still = asked === 1 ? "a test that the ticket names is" : `${asked} tests that the ticket names are`;
  const failed = count === 0 ? "the tests fail" : count === 1 ? "1 test fails" : `${count} tests fail`;
  const others = checks.filter(countsAgainst).map(({ name }) => spoken[name]);
  const tests = passed || failures?.broken.length === 0 ? [] : [failed];
  const told = [...tests, ...others].join(" and ");
  return [...(told === "" ? [] : [`${told} with the change`]), ...(asked === 0 ? [] : [`${still} still red`])].join(
    ", ",
  );
}

const spoken = { lint: "the linter fails", typecheck: "the type check fails" } as const;

function whatFollowed(decision: Decision | undefined): string {
  switch (decision?.next) {
    case "refine":
      return "; to be mended by the same model";
    case "escalate":
      // That the tests fail was said just before.
      return `; the next model took over${decision.why === "tests" ? "" : `: ${saidInLine(decision.reason)}`}`;
    case "end":
    case undefined:
      return "";
    default:
      return decision satisfies never;
  }
}
