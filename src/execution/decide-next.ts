import type { StopCause } from "../agent/stuck.ts";
import type { Budget } from "../domain/budget.ts";
import type { escalationReasons } from "../domain/event.ts";
import { isEquallyRed, isUnproven } from "./proof/red-as-before.ts";
import { type Decision, isGreen, type Round } from "./round.ts";
import { blocking, findingLine } from "./wording/guard-lines.ts";
import { failureOf } from "./wording/round-lines.ts";

export interface Limits {
  /** The route's, in their order. */
  readonly models: readonly string[];
  /** How often each model may mend its change. */
  readonly maxRefinements: number;
  /** Then something has to turn green. */
  readonly isBug: boolean;
  /** Below this the next model looks again at a change whose tests pass. */
  readonly confidence: number;
  /** Of all rounds: the whole run's, but for what its plans took. */
  readonly budget: Budget;
}

type Why = (typeof escalationReasons)[number];

/** What ends a model's work and may not end the next one's. Time and money are the run's, and who declines, or was stopped by a person, is not gone around. */
const passedOn = {
  idle: "stuck",
  repeating: "stuck",
  alternating: "stuck",
  same_error: "stuck",
  no_progress: "stuck",
  overflow: "stuck",
  malformed: "invalid",
  turns: "turns",
  time: undefined,
  money: undefined,
  declined: undefined,
  refused: undefined,
  stopped: undefined,
  failed: undefined,
} as const satisfies Record<StopCause, Why | undefined>;

/** What follows the last of these rounds, by what machines saw of it. */
export function decideNext(rounds: readonly Round[], limits: Limits): Decision {
  const last = rounds.at(-1);
  if (last === undefined) return { next: "end" };
  const { work, seen } = last;
  const { from } = work;
  const escalate = (why: Why, reason: string): Decision => {
    const next = Math.max(from, limits.models.indexOf(work.model)) + 1;
    const goesOn = next < limits.models.length && budgetOf(rounds, next, limits) !== undefined;
    return goesOn ? { next: "escalate", from: next, why, reason } : { next: "end" };
  };

  if (work.stop !== null) {
    const why = passedOn[work.stop];
    const reason = work.status === "changed" ? work.unfinished : work.reason;
    return why === undefined ? { next: "end" } : escalate(why, reason ?? work.stop);
  }
  if (work.status === "unchanged") return { next: "end" };
  const tellsNothing = !seen || isGreen({ seen }) || isEquallyRed(seen);
  if (tellsNothing && blocking(last.findings).length > 0) return sendBack(rounds, last, limits);
  if (!seen) return { next: "end" };
  if (wantsProof(rounds, limits)) return onceMore(rounds, work, limits, "no test shows that the bug is mended");
  if (isGreen({ seen })) {
    const { confidence = 1 } = work.submission;
    if (confidence >= limits.confidence || rounds.some(isSecondLook)) return { next: "end" };
    return escalate("confidence", `the tests pass, but its coder is not sure of it (${confidence.toFixed(2)})`);
  }
  if (isEquallyRed(seen)) return { next: "end" };

  const refinement = rounds.filter((round) => round.work.from === from).length;
  const reason = failureOf(seen);
  if (refinement > limits.maxRefinements) return escalate("tests", reason);
  if (budgetOf(rounds, from, limits) === undefined) return escalate("turns", reason);
  return { next: "refine", refinement, of: limits.maxRefinements, reason };
}

/** A change that the tests say nothing against and a rule does: its model hears of it once, then a person does. */
function sendBack(rounds: readonly Round[], { work, findings }: Round, limits: Limits): Decision {
  const [first, ...more] = blocking(findings);
  const wasSent = rounds.slice(0, -1).some((round) => blocking(round.findings).length > 0);
  if (first === undefined || wasSent) return { next: "end" };
  return onceMore(
    rounds,
    work,
    limits,
    `${findingLine(first)}${more.length === 0 ? "" : ` (and ${more.length} more)`}`,
  );
}

/**
 * A bug whose tests are as red as before goes back once: what fails may be what the ticket asks to mend, although it does not say so.
 * Not more often, since it may as well have nothing to do with it, and not where the coder says why no test can show it.
 */
function wantsProof(rounds: readonly Round[], { isBug }: Limits): boolean {
  const [last, ...before] = rounds.toReversed();
  if (!isBug || last?.work.status !== "changed" || !last.seen || !isUnproven(last.seen)) return false;
  return (
    last.work.submission.no_regression_test_because === undefined &&
    !before.some(({ seen }) => seen && isUnproven(seen))
  );
}

function onceMore(rounds: readonly Round[], { from }: Round["work"], limits: Limits, reason: string): Decision {
  const refinement = rounds.filter((round) => round.work.from === from).length;
  const mayGoOn = refinement <= limits.maxRefinements && budgetOf(rounds, from, limits) !== undefined;
  return mayGoOn ? { next: "refine", refinement, of: limits.maxRefinements, reason } : { next: "end" };
}

/**
 * What the next round may use up, with so many models passed over; `undefined` when nothing is left.
 * The limits hold over all rounds. Of its turns each model may use an equal part of what the ones before it left, the last one all.
 */
export function budgetOf(
  rounds: readonly Round[],
  from: number,
  { models, budget }: Pick<Limits, "models" | "budget">,
): Budget | undefined {
  const turnsOf = (some: readonly Round[]) => some.reduce((sum, { work }) => sum + work.turns, 0);
  const before = turnsOf(rounds.filter(({ work }) => work.from < from));
  const own = turnsOf(rounds.filter(({ work }) => work.from >= from));
  const turns = Math.ceil((budget.turns - before) / Math.max(models.length - from, 1)) - own;
  const timeMs = budget.timeMs - rounds.reduce((sum, { work }) => sum + work.timeMs, 0);
  return turns > 0 && timeMs > 0 ? { turns, timeMs } : undefined;
}

function isSecondLook({ decision }: Round): boolean {
  return decision?.next === "escalate" && decision.why === "confidence";
}
