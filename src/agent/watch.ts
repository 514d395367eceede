import type { Budget, Spent } from "../domain/budget.ts";
import type { EventSink } from "../domain/event.ts";
import type { Note, ToolMessage, UserMessage } from "../domain/message.ts";
import type { MoneyLeft } from "../domain/purse.ts";
import { withNotes } from "./notes.ts";
import { renderPrompt } from "./render-prompt.ts";
import type { Toolbox } from "./run-tool.ts";
import { type Stuck, stuckBy, window } from "./stuck.ts";
import { lastRunOf, type Trace, type Turn, traceOf } from "./trace.ts";
import { type NearLimit, nearLimits } from "./wrap-up.ts";

/** Tests that are red, as an agent has seen them in its turn `n`. */
export interface RedRun {
  readonly n: number;
  readonly line: string;
  readonly output: string;
}

/** Asked before red tests count against an agent: a note on `known_red` where all of them fail without its work as well; nothing in doubt. */
export type KnownRed = (run: RedRun, options: { readonly signal: AbortSignal }) => Promise<Note | undefined>;

export interface WatchParts {
  readonly tools: Toolbox;
  readonly budget: Budget;
  readonly tell: EventSink;
  readonly signal: AbortSignal;
  readonly knownRed?: KnownRed | undefined;
  /** What a turn was told of limits when it was recorded: a replay has none of its own. */
  readonly limitNotes?: ((n: number) => readonly Note[]) | undefined;
}

/** Sees an agent's turns go by: what it is to be told at the end of one, and when it gets no further. */
export interface Watch {
  /** A turn that was recorded before. */
  add(turn: Turn): void;
  /** A new turn; its results with what there is to be told. */
  take(turn: Turn, spent: Spent, money: MoneyLeft | undefined): Promise<ToolMessage | UserMessage>;
  /** Why its work should end here. */
  stuck(): Extract<Stuck, { readonly next: "stop" }> | undefined;
}

export function openWatch({ tools, budget, tell, signal, knownRed, limitNotes }: WatchParts): Watch {
  let recent: readonly Trace[] = [];
  const told = new Set<Note["about"]>();
  const excused = new Set<string>();
  const add = (trace: Trace) => {
    for (const about of trace.notes) told.add(about);
    const red = trace.calls.at(-1)?.tests?.red;
    if (red !== undefined && trace.notes.includes("known_red")) excused.add(red);
    recent = [...recent, trace].slice(-window);
  };

  return {
    add: (turn) => add(traceOf(turn, tools)),
    async take(turn, spent, money) {
      const trace = traceOf(turn, tools);
      const stuck = stuckBy([...recent, trace].slice(-window), excused);
      const run = stuck?.red === undefined ? undefined : lastRunOf(turn);
      const known = run && (await knownRed?.({ n: turn.n, ...run }, { signal }));
      const nudges = known ? [known] : stuck?.next === "nudge" ? [await nudgeOf(stuck)] : [];
      const near = nearLimits(budget, spent, money).filter(({ about }) => !told.has(about));
      const limits = limitNotes?.(turn.n) ?? (await Promise.all(near.map((it) => wrapUpOf(it, tools))));
      const notes = [...nudges, ...limits];
      for (const { about, text } of notes) await tell({ type: "noted", n: turn.n, about, text });
      add({ ...trace, notes: notes.map(({ about }) => about) });
      return withNotes(turn.results, notes);
    },
    stuck() {
      const found = stuckBy(recent, excused);
      return found?.next === "stop" ? found : undefined;
    },
  };
}

async function nudgeOf({ cause, values }: Extract<Stuck, { readonly next: "nudge" }>): Promise<Note> {
  return { about: cause, text: (await renderPrompt(`nudge-${cause.replaceAll("_", "-")}`, values)).text };
}

async function wrapUpOf({ about, left }: NearLimit, tools: Toolbox): Promise<Note> {
  const name = tools.find(({ final }) => final)?.name;
  const hand_in = name === undefined ? "" : ` with \`${name}\``;
  return { about, text: (await renderPrompt("wrap-up", { left, hand_in })).text };
}
