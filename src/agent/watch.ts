import type { Budget, Spent } from "../domain/budget.ts";
import type { EventSink } from "../domain/event.ts";
import type { Note, ToolMessage, UserMessage } from "../domain/message.ts";
import type { MoneyLeft } from "../domain/purse.ts";
import { withNotes } from "./notes.ts";
import { renderPrompt } from "./render-prompt.ts";
import type { Toolbox } from "./run-tool.ts";
import { type Stuck, stuckBy, window } from "./stuck.ts";
import { type Trace, type Turn, traceOf } from "./trace.ts";
import { type NearLimit, nearLimits } from "./wrap-up.ts";

export interface WatchParts {
  readonly tools: Toolbox;
  readonly budget: Budget;
  readonly tell: EventSink;
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

export function openWatch({ tools, budget, tell, limitNotes }: WatchParts): Watch {
  let recent: readonly Trace[] = [];
  const told = new Set<Note["about"]>();
  const add = (trace: Trace) => {
    for (const about of trace.notes) told.add(about);
    recent = [...recent, trace].slice(-window);
  };

  return {
    add: (turn) => add(traceOf(turn, tools)),
    async take(turn, spent, money) {
      const trace = traceOf(turn, tools);
      const stuck = stuckBy([...recent, trace].slice(-window));
      const nudges = stuck?.next === "nudge" ? [await nudgeOf(stuck)] : [];
      const near = nearLimits(budget, spent, money).filter(({ about }) => !told.has(about));
      const limits = limitNotes?.(turn.n) ?? (await Promise.all(near.map((it) => wrapUpOf(it, tools))));
      const notes = [...nudges, ...limits];
      for (const { about, text } of notes) await tell({ type: "noted", n: turn.n, about, text });
      add({ ...trace, notes: notes.map(({ about }) => about) });
      return withNotes(turn.results, notes);
    },
    stuck() {
      const found = stuckBy(recent);
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
