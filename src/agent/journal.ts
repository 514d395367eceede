import type { AssistantMessage, Message, ToolMessage, UserMessage } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import type { RecordedSummary } from "../domain/summary.ts";

/** One turn as it was recorded: a paid answer, and what its tools said if they got so far. */
export interface RecordedTurn {
  readonly n: number;
  readonly reply: AssistantMessage;
  readonly results: ToolMessage | UserMessage | undefined;
  readonly costUsd: number;
  /** How much less than usual of the conversation it was asked with; 0 where it is not there. */
  readonly level?: number;
  /** How long its agent had worked when it was answered, in ms; nothing in what an older version has recorded. */
  readonly timeMs?: number;
}

/** How long an agent has worked on what is recorded, in ms: not the time in which nobody did. */
export function workedMs(recorded: readonly RecordedTurn[]): number {
  return Math.max(0, ...recorded.map(({ timeMs = 0 }) => timeMs));
}

/** What was asked in a turn, by what is not in the conversation itself. */
export interface Asked {
  readonly request: ModelRequest;
  /** Which of the limits on the context held. */
  readonly level: number;
  /** Messages that are sent in a shorter form from this turn on, by their place. */
  readonly shortened: readonly (readonly [at: number, message: Message])[];
  /** What the route's models take, where that is known. */
  readonly contextTokens?: number;
  /** What several models had proposed, out of which one made the answer. */
  readonly proposals?: readonly AssistantMessage[];
}

/** Where an agent's turns are kept before it goes on, so that another worker can go on in its place. */
export interface Journal {
  /** Turns in their order; empty for new work. */
  readonly recorded: readonly RecordedTurn[];
  /** What was recorded of summaries, in their order. */
  readonly summaries: readonly RecordedSummary[];
  /** A paid turn is recorded before anything else. */
  paid(turn: {
    readonly n: number;
    readonly asked: Asked;
    readonly reply: AssistantMessage;
    readonly costUsd: number;
    /** As in a recorded turn. */
    readonly timeMs?: number;
  }): Promise<void>;
  /** And completed when its tools have answered; `changed` says that the workspace may be another one since. */
  answered(turn: {
    readonly n: number;
    readonly reply: AssistantMessage;
    readonly results: ToolMessage | UserMessage;
    readonly changed: boolean;
  }): Promise<void>;
  /** An attempt at a summary is recorded as soon as it is paid, between two turns. */
  summarized(summary: RecordedSummary): Promise<void>;
}
