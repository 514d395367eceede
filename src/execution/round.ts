import { z } from "zod";
import { escalationReasons } from "../domain/event.ts";
import { type Evidence, evidence } from "../domain/evidence.ts";
import type { Db } from "../store/schema.ts";
import { findStep } from "../store/steps.ts";
import { type Coded, type CodedChange, coded } from "./coded.ts";

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

/** The round whose change is published: the last, but for an earlier green one that a second look made worse. */
export function bestOf(rounds: readonly Round[]): TestedRound | undefined {
  const tested = rounds.filter(isTested);
  return tested.findLast(isGreen) ?? tested.at(-1);
}

/** A round's steps: `code`, `verify`, `decide`, then `code 2`, `verify 2`, and so on. */
export function stepOf(name: "code" | "verify" | "decide", round: number): string {
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
    rounds.push({ work, seen, ...(decided && { decision: decided }) });
  }
}
