import type { Budget, Spent } from "../domain/budget.ts";
import type { MoneyLeft } from "../domain/purse.ts";

export interface NearLimit {
  readonly about: "turns" | "time" | "money";
  /** What is left, in words. */
  readonly left: string;
}

/** From here on an agent is told that a limit is near. */
const share = 0.2;
const fewTurns = 2;
const fewCalls = 4;

/** The limits that are near while there still is something left to use. `money` is as the last call left it. */
export function nearLimits(limit: Budget, spent: Spent, money: MoneyLeft | undefined): readonly NearLimit[] {
  return [turnsNear(limit, spent), timeNear(limit, spent), moneyNear(money)].flatMap((near) => near ?? []);
}

function turnsNear(limit: Budget, spent: Spent): NearLimit | undefined {
  const left = limit.turns - spent.turns;
  if (left < 1 || left > Math.max(fewTurns, Math.round(limit.turns * share))) return undefined;
  return { about: "turns", left: `${left} of ${limit.turns} turns ${left === 1 ? "is" : "are"} left` };
}

function timeNear(limit: Budget, spent: Spent): NearLimit | undefined {
  const left = limit.timeMs - spent.timeMs;
  if (left <= 0 || left > limit.timeMs * share) return undefined;
  return { about: "time", left: `${inWords(left)} of ${inWords(limit.timeMs)} are left` };
}

/** A call is only made when the most that it could cost is there, so that the last few come while there still is some money. */
function moneyNear(money: MoneyLeft | undefined): NearLimit | undefined {
  if (money === undefined) return undefined;
  const { usd, ofUsd, callUsd, mostUsd } = money;
  const isFew = callUsd > 0 && (usd - mostUsd) / callUsd < fewCalls;
  if (usd > ofUsd * share && !isFew) return undefined;
  return {
    about: "money",
    left: `about $${Math.max(0, usd).toFixed(2)} are left for this ticket, which may cost $${ofUsd.toFixed(2)} in all`,
  };
}

function inWords(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}
