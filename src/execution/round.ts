import { z } from "zod";
import { escalationReasons } from "../domain/event.ts";
import { type Evidence, evidence } from "../domain/evidence.ts";
import { type GuardFinding, guardFinding } from "../domain/guard-finding.ts";
import type { Db } from "../store/schema.ts";
import { findStep } from "../store/steps.ts";
import { type Coded, type CodedChange, coded } from "./coded.ts";
import { blocking } from "./wording/guard-lines.ts";

export const guardFindings = z.array(guardFinding);

/** What follows a round. */
export const decision = z.discriminatedUnion("next", [
  z.object({ next: z.literal("end") }),
  /** The same model mends its change. */
  z.object({ next: z.literal("refine"), refinement: z.number(), of: z.number(), reason: z.string() }),
  /** A later model of the route takes over; `from` says how many are passed over. */
  z.object({ next: z.literal("escalate"), from: z.number(), why: z.enum(escalationReasons), reason: z.string() }),
]);
export type Decision = z.infer<typeof decision>;

/** The coder's work once, and what the tests said of it: nothing where nothing was changed. */
export interface Round {
  readonly work: Coded;
  readonly seen: Evidence | undefined;
  /** What rules found in the change. */
  readonly findings: readonly GuardFinding[];
  /** What was decided after it, once it was. */
  readonly decision?: Decision;
}

export type TestedRound = Round & { readonly work: CodedChange; readonly seen: Evidence };

export function isTested(round: Round): round is TestedRound {
  return round.work.status === "changed" && round.seen !== undefined;
}

/** Whether nothing speaks against a change: what fails without it too, or only now and then, does not. */
export function isGreen({ seen }: Pick<Round, "seen">): boolean {
  return (seen?.passed ?? seen?.head.passed) === true;
}

/** Whether its tests pass and no rule says that they prove nothing. */
function isProven(round: Round): boolean {
  return isGreen(round) && blocking(round.findings).length === 0;
}

/** The round whose change is published: the last, but for an earlier proven one that a second look made worse. */
export function bestOf(rounds: readonly Round[]): TestedRound | undefined {
  const tested = rounds.filter(isTested);
  return tested.findLast(isProven) ?? tested.at(-1);
}

/** A round's steps: `code`, `verify`, `guard`, `decide`, then `code 2`, `verify 2`, and so on. */
export function stepOf(name: "code" | "verify" | "guard" | "decide", round: number): string {
  return round === 1 ? name : `${name} ${round}`;
}

/** The rounds that a run has brought to their end. */
export async function recordedRounds(db: Db, runId: string): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (;;) {
    const n = rounds.length + 1;
    const work = (await findStep(db, runId, stepOf("code", n), coded))?.output;
    if (work === undefined) return rounds;
    const seen = (await findStep(db, runId, stepOf("verify", n), evidence))?.output;
    if (work.status === "changed" && seen === undefined) return rounds;
    const decided = (await findStep(db, runId, stepOf("decide", n), decision))?.output;
    const findings = (await findStep(db, runId, stepOf("guard", n), guardFindings))?.output;
    // Also where all is decided: what its rules found may be what is to be looked at anew.
    if (work.status === "changed" && findings === undefined) return rounds;
    rounds.push({ work, seen, findings: findings ?? [], ...(decided && { decision: decided }) });
  }
}
