import type { StopCause } from "../agent/stuck.ts";
import type { Budget } from "../domain/budget.ts";
import type { escalationReasons } from "../domain/event.ts";
import type { Evidence } from "../domain/evidence.ts";
import { blocking, findingLine } from "./guard-lines.ts";
import { type Decision, isGreen, type Round } from "./round.ts";
import { failureOf } from "./round-lines.ts";

export interface Limits {
  /** The route's, in their order. */
  readonly models: readonly string[];
  /** How often each model may mend its change. */
  readonly maxRefinements: number;
  /** Below this the next model looks again at a change whose tests pass. */
  readonly confidence: number;
  /** Of the whole run. */
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
  const refinement = rounds.filter((round) => round.work.from === work.from).length;
  const wasSent = rounds.slice(0, -1).some((round) => blocking(round.findings).length > 0);
  const mayGoOn = refinement <= limits.maxRefinements && budgetOf(rounds, work.from, limits) !== undefined;
  if (first === undefined || wasSent || !mayGoOn) return { next: "end" };
  const reason = `${findingLine(first)}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
  return { next: "refine", refinement, of: limits.maxRefinements, reason };
}

/**
 * What the next round may use up, with so many models passed over; `undefined` when nothing is left.
 * The limits hold over the whole run. Of its turns each model may use an equal part of what the ones before it left, the last one all.
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

/** Whether the tests fail as they do without the change, so that they tell nothing about it. */
function isEquallyRed({ base, head, failures }: NonNullable<Evidence>): boolean {
  // What fails is known by name, or it is not the tests.
  if (failures !== undefined || head.passed) return false;
  if (base.passed || base.stage !== head.stage || base.timed_out !== head.timed_out) return false;
  if (head.timed_out) return true;
  if (base.counts && head.counts && base.counts.failed > 0) {
    // Without a failed test it is something else that fails now, a linter say.
    return head.counts.failed > 0 && head.counts.failed <= base.counts.failed;
  }
  return base.exit_code === head.exit_code && withoutNumbers(base.output_tail) === withoutNumbers(head.output_tail);
}

/** Durations and the like differ from one run to the next. */
function withoutNumbers(output: string): string {
  return output.replaceAll(/\d+/g, "0");
}
