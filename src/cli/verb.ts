import { Command } from "commander";
import { explain, NightshiftError } from "../domain/errors.ts";
import { forTerminal } from "./for-terminal.ts";

/** 0: done; 1: done, and the answer is no; 2: could not run. */
export type ExitCode = 0 | 1 | 2;

export interface VerbContext {
  readonly json: boolean;
  readonly config: string | undefined;
  /** Fires on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** The verb's answer: text, or with `--json` the one document on standard output. */
  readonly answer: (document: unknown, text: string) => void;
  /** What goes on meanwhile, for people, on standard error. */
  readonly say: (line: string) => void;
}

export interface Verb<Options> {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** Adds the verb's own options, and arguments, which come with them by their names. */
  readonly configure?: (command: Command) => Command;
  readonly run: (options: Options, context: VerbContext) => Promise<ExitCode>;
}

/** A verb as a command with the conventions that all share: `--json`, `--config`, `--help` with an example, exit codes. */
export function verbCommand<Options>(
  verb: Verb<Options>,
  finish: (code: ExitCode) => void,
  signal: AbortSignal,
): Command {
  const command = new Command(verb.name)
    .description(verb.summary)
    .option("--json", "print one JSON document on standard output; everything else goes to standard error")
    .option("--config <file>", "the operator's settings (default: nightshift.yaml where it exists)")
    .addHelpText(
      "after",
      `\nExample:\n  ${verb.example}\n\nExit codes: 0 done, 1 done and the answer is no, 2 could not run.`,
    );
  (verb.configure?.(command) ?? command).action(async () => {
    const named = command.registeredArguments.map((argument, at) => [argument.name(), command.args[at]]);
    const options = { ...command.opts<Options & { json?: boolean; config?: string }>(), ...Object.fromEntries(named) };
    const json = options.json === true;
    const context: VerbContext = {
      json,
      config: options.config,
      signal,
      // Models and repositories choose many of the words: they must not steer a terminal.
      answer: (document, text) =>
        void process.stdout.write(`${json ? JSON.stringify(document, undefined, 2) : forTerminal(text)}\n`),
      say: (line) => void process.stderr.write(`${forTerminal(line)}\n`),
    };
    try {
      finish(await verb.run(options, context));
    } catch (error) {
      const way = refusedBySystem(error);
      if (!(error instanceof NightshiftError) && !signal.aborted && way === undefined) throw error;
      context.say(`nightshift ${verb.name}: ${explain(error)}${way === undefined ? "" : `. ${way}`}`);
      finish(2);
    }
  });
  return command;
}

const room = "There is no room left on that disk: make some, then call again.";
const rights = "Nightshift may not write there: mend its rights or name another folder (data_dir), then call again.";
const waysOut: Readonly<Record<string, string>> = {
  ...{ ENOSPC: room, EDQUOT: room },
  ...{ EACCES: rights, EPERM: rights, EROFS: rights, ENOTDIR: rights },
};

/** What to do where the machine itself, and no defect of ours, is in the way. */
function refusedBySystem(error: unknown): string | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  return waysOut[String(error.code)];
}
