import type { z } from "zod";
import type { Question } from "./asks.ts";
import type { RunEvent } from "./event.ts";
import type { Image } from "./message.ts";
import type { Sandbox, Shell } from "./sandbox.ts";

export interface ToolContext {
  readonly sandbox: Sandbox;
  /** The agent's own, in that sandbox: what one command leaves in it, the next one finds. */
  readonly shell: Shell;
  /** Ours, in that sandbox, for tools that look at files and write them: a command of it costs a fraction of a new process. */
  readonly files: Shell;
  /** How long a command may take that does not say. Default: 120. */
  readonly commandSeconds?: number | undefined;
  /** Told of what a command prints, as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A tool's answer to the model. `submitted` ends the agent's work. */
export interface ToolAnswer<Submitted = never> {
  readonly text: string;
  readonly isError?: boolean;
  /** Pictures that go with the text. */
  readonly images?: readonly Image[];
  /** What there is to tell besides that the tool was used. */
  readonly event?: RunEvent;
  readonly submitted?: Submitted;
  /** Ends the agent's work until people have answered; their answer is what the tool says. */
  readonly asked?: Question;
}

/** Something an agent may do in its one sandbox. `run` gets arguments that have met `parameters`. */
export interface Tool<Parameters extends z.ZodType = z.ZodType, Submitted = unknown> {
  readonly name: string;
  readonly description: string;
  readonly parameters: Parameters;
  /** It cannot change the workspace, so that no checkpoint is needed after it. */
  readonly readOnly?: true;
  /** With it the agent hands in: its `submitted` ends the work. */
  readonly final?: true;
  run(args: z.infer<Parameters>, context: ToolContext): Promise<ToolAnswer<Submitted>>;
}
