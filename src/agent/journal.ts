import type { AssistantMessage, ToolMessage, UserMessage } from "../domain/message.ts";

/** One turn as it was recorded: a paid answer, and what its tools said if they got so far. */
export interface RecordedTurn {
  readonly n: number;
  readonly reply: AssistantMessage;
  readonly results: ToolMessage | UserMessage | undefined;
  readonly costUsd: number;
}

/** Where an agent's turns are kept before it goes on, so that another worker can go on in its place. */
export interface Journal {
  /** Turns in their order; empty for new work. */
  readonly recorded: readonly RecordedTurn[];
  /** A paid turn is recorded before anything else. */
  paid(turn: { readonly n: number; readonly reply: AssistantMessage; readonly costUsd: number }): Promise<void>;
  /** And completed when its tools have answered; `changed` says that the workspace may be another one since. */
  answered(turn: {
    readonly n: number;
    readonly reply: AssistantMessage;
    readonly results: ToolMessage | UserMessage;
    readonly changed: boolean;
  }): Promise<void>;
}
