import type { Note } from "../domain/message.ts";
import type { CallTrace, Trace } from "./trace.ts";

export type StuckCause = Exclude<Note["about"], "known_red" | "turns" | "time" | "money">;

export interface Pattern {
  readonly cause: StuckCause;
  /** The turns of the calls that make it, the newest last. */
  readonly turns: readonly number[];
  /** So many of them make a nudge, */
  readonly least: number;
  /** and so many more after it the end. */
  readonly more: number;
  /** What the nudge is filled in with. */
  readonly values: Readonly<Record<string, string>>;
  /** For people. */
  readonly reason: string;
  /** The red tests that make it, where these do. */
  readonly red?: string | undefined;
}

/**
 * What the last turns look like, however short it is yet; who asks decides when it is long enough. Red tests that are `excused` make none.
 */
export function patternsIn(recent: readonly Trace[], excused: ReadonlySet<string>): readonly Pattern[] {
  const calls = recent.flatMap((turn) => turn.calls);
  return [
    idle(recent),
    malformed(calls),
    ...repeating(calls),
    alternating(calls),
    sameError(calls),
    rereading(calls),
    noProgress(calls),
  ].flatMap((pattern) => (pattern === undefined || excused.has(pattern.red ?? "") ? [] : pattern));
}

function idle(recent: readonly Trace[]): Pattern {
  const turns = tail(recent, ({ calls }) => calls.length === 0).map(({ n }) => n);
  const reason = "the model answered without using a tool, several times";
  return { cause: "idle", turns, least: 2, more: 1, values: { times: `${turns.length}` }, reason };
}

function malformed(calls: readonly CallTrace[]): Pattern {
  const turns = turnsOf(tail(calls, ({ isMalformed }) => isMalformed));
  const times = `${turns.length}`;
  return {
    cause: "malformed",
    turns,
    least: 2,
    more: 1,
    values: { times },
    reason: `${times} tool calls in a row could not be read`,
  };
}

function repeating(calls: readonly CallTrace[]): readonly Pattern[] {
  const last = calls.at(-1);
  if (last === undefined) return [];
  const same = tail(calls, (call) => isSame(call, last));
  // What waits may well wait for long.
  const [least, more] = last.waits ? [10, 5] : last.isError ? [3, 1] : [4, 2];
  const came = last.isError ? "failed in the same way" : "came to the same";
  return [
    {
      ...{ cause: "repeating", turns: turnsOf(same), least, more },
      values: { call: last.shown, times: `${same.length}`, row: " in a row" },
      reason: `${last.shown} ${came} ${same.length} times in a row`,
    },
  ];
}

/** The same part of the same file, not in a row, and while nothing is changed: before an edit it is right to look again. */
function rereading(calls: readonly CallTrace[]): Pattern | undefined {
  const last = calls.at(-1);
  if (last === undefined || !last.isReadOnly) return undefined;
  const same = tail(calls, ({ changes }) => !changes).filter((call) => isSame(call, last));
  const times = `${same.length}`;
  return {
    ...{ cause: "repeating", turns: turnsOf(same), least: 6, more: 3 },
    values: { call: last.shown, times, row: "" },
    reason: `${last.shown} was called ${times} times and always came to the same`,
  };
}

const longestPeriod = 4;
const rounds = 3;

/** Two, three or four calls, again and again in the same order with the same results. */
function alternating(calls: readonly CallTrace[]): Pattern | undefined {
  for (let period = 2; period <= longestPeriod; period += 1) {
    let length = 0;
    while (isPeriodic(calls, period, length)) length += 1;
    const cycle = calls.slice(-period);
    const one = cycle[0];
    if (length < period * (rounds - 1) || one === undefined || cycle.every((call) => isSame(call, one))) continue;
    const shown = cycle.map((call) => call.shown).join(", ");
    const times = `${Math.floor((length + period) / period)}`;
    return {
      ...{
        cause: "alternating",
        turns: turnsOf(calls.slice(-(length + period))),
        least: rounds * period,
        more: period,
      },
      values: { calls: shown, times },
      reason: `it went round in circles: ${shown}, ${times} times with the same results`,
    };
  }
  return undefined;
}

function isPeriodic(calls: readonly CallTrace[], period: number, length: number): boolean {
  const [one, other] = [calls.at(-1 - length), calls.at(-1 - length - period)];
  return one !== undefined && other !== undefined && isSame(one, other);
}

/** Other calls, and always the same failure. */
function sameError(calls: readonly CallTrace[]): Pattern | undefined {
  const last = calls.at(-1);
  if (last?.failure === undefined) return undefined;
  const same = tail(calls, ({ failure }) => failure === last.failure);
  const times = `${same.length}`;
  return {
    ...{ cause: "same_error", turns: turnsOf(same), least: 4, more: 2 },
    values: { call: last.shown, times },
    red: last.tests?.red,
    reason: `${times} calls in a row failed with the same error, ${last.shown} the last`,
  };
}

/** The tests fail as they did and for no new reason, although files were changed before each run. */
function noProgress(calls: readonly CallTrace[]): Pattern | undefined {
  const last = calls.at(-1);
  const red = last?.tests?.red;
  if (last === undefined || red === undefined) return undefined;
  const same: CallTrace[] = [last];
  let changed = false;
  for (const call of calls.slice(0, -1).toReversed()) {
    if (call.tests === undefined) changed ||= call.changes;
    else if (call.tests.red === red) {
      if (changed) same.unshift(call);
      changed = false;
      // Other tests than these may come between, the same ones with another result may not.
    } else if (call.action === last.action) break;
  }
  const reasons = same.map(({ tests }) => tests?.why);
  const stale = same.slice(reasons.findLastIndex((why, at) => reasons.indexOf(why) === at));
  const times = `${stale.length}`;
  return {
    ...{ cause: "no_progress", turns: turnsOf(stale), least: 5, more: 3 },
    values: { call: last.shown, times },
    red,
    reason: `the same tests failed in ${times} runs, with changes before each (${last.shown})`,
  };
}

function isSame(one: CallTrace, other: CallTrace): boolean {
  return one.action === other.action && one.outcome === other.outcome;
}

function turnsOf(calls: readonly CallTrace[]): readonly number[] {
  return calls.map(({ n }) => n);
}

/** The last of them that are so, without a gap. */
function tail<T>(all: readonly T[], isSo: (one: T) => boolean): readonly T[] {
  return all.slice(all.findLastIndex((one) => !isSo(one)) + 1);
}
