import { randomBytes, randomUUID } from "node:crypto";
import { NightshiftError } from "../../domain/errors.ts";
import type { Shell, ShellCommand, ShellResult } from "../../domain/sandbox.ts";
import { cancelled, commandResult } from "../command-result.ts";
import { ending } from "../ending.ts";
import { MarkedOutput } from "./marked-output.ts";
import { ShellOutput } from "./shell-output.ts";
import type { ShellHost, ShellProcess } from "./shell-process.ts";
import { isDamaged, shellArguments, shellInput, shellSetup } from "./shell-protocol.ts";
import { slowedDown } from "./slowed-down.ts";

/** How many saved outputs stay in the sandbox. */
const savedFiles = 8;
/** How long what was printed before a kill may still be under way. */
const trailingMs = 250;

/** One process of the kept shell, from its start to its end. */
interface Life {
  readonly tag: string;
  readonly process: ShellProcess;
  /** Takes what is printed while a command runs; between two of them nobody does. */
  listener: ((chunk: Buffer) => void) | undefined;
  over: boolean;
}

/** A shell in a sandbox, whichever it is. When it has ended, another takes its place for the next command. */
export async function openKeptShell(host: ShellHost, { signal }: { readonly signal: AbortSignal }): Promise<Shell> {
  if (signal.aborted) throw cancelled("Opening a shell", signal);
  const tag = `NIGHTSHIFT_SHELL=${randomUUID()}`;
  let life = await startLife(host, tag);
  /** The one whose end was told. */
  let mourned: Life | undefined;
  let running = false;
  const openFile = fileOpener(host);

  const run = async (command: ShellCommand, options: { readonly signal: AbortSignal }): Promise<ShellResult> => {
    await host.requireAlive?.();
    let replaced = life.over && life !== mourned;
    if (life.over) life = await startLife(host, tag);
    let result = await runIn(life, host, openFile, command, options.signal);
    if (result === "never began") {
      life = await startLife(host, tag);
      replaced = true;
      result = await runIn(life, host, openFile, command, options.signal);
    }
    if (result === "never began")
      throw new NightshiftError("sandbox_failed", "No shell can be started in the sandbox.");
    if (life.over) mourned = life;
    return { ...result, replaced: replaced || life.over };
  };

  return {
    async run(command, options) {
      if (command.line.includes("\0")) {
        throw new NightshiftError(
          "bad_input",
          "A command cannot contain a zero byte. Write it to a file and use that.",
        );
      }
      if (options.signal.aborted) throw cancelled("A command", options.signal);
      if (running) throw new Error("A kept shell runs one command at a time.");
      running = true;
      try {
        return await run(command, options);
      } finally {
        running = false;
      }
    },

    async [Symbol.asyncDispose]() {
      life.over = true;
      try {
        await host.kill(tag, "");
      } catch (error) {
        // Gone with its sandbox.
        if (!(error instanceof NightshiftError && error.code === "sandbox_lost")) throw error;
      }
    },
  };
}

async function startLife(host: ShellHost, tag: string): Promise<Life> {
  const own = `NIGHTSHIFT_SHELL_PROCESS=${randomUUID()}`;
  const process = await host.start(shellArguments(host.workspace, [tag, own]));
  const life: Life = { tag: own, process, listener: undefined, over: false };
  const end = () => {
    life.over = true;
  };
  process.ended.then(end, end);
  process.stdin.on("error", end);
  process.output.on(
    "data",
    slowedDown(process.output, (chunk) => life.listener?.(chunk)),
  );
  process.stdin.write(shellSetup);
  return life;
}

async function runIn(
  life: Life,
  host: ShellHost,
  openFile: ReturnType<typeof fileOpener>,
  command: ShellCommand,
  signal: AbortSignal,
): Promise<Omit<ShellResult, "replaced"> | "never began"> {
  const started = performance.now();
  const { process } = life;
  const { keepBytes, onOutput } = command;
  const output = new ShellOutput({ keepBytes, onOutput, source: process.output, openFile });
  const marks = { begin: mark(), end: mark() };
  const marked = new MarkedOutput(marks, (chunk) => output.add(chunk));
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  life.listener = (chunk) => {
    marked.add(chunk);
    if (marked.exitCode !== undefined) resolve();
  };
  try {
    process.stdin.write(shellInput(command.line, marks));
    const end = await ending(Promise.race([finished, process.ended]), command.timeoutMs, signal);
    if (end !== "ended") {
      // It is in the middle of a line that nobody wants any more: there is no way to make it leave that but its own end.
      life.over = true;
      await host.kill(life.tag, marked.since ?? "");
      // Whatever it ended with: the sandbox may have had to be started anew for it, and then it seems lost for a moment.
      await ending(Promise.allSettled([process.ended]), trailingMs);
    }
    life.listener = undefined;
    marked.flush();
    const said = await output.finish();
    if (marked.exitCode !== undefined && isDamaged(marked.exitCode, said.output)) {
      life.over = true;
      process.stdin.end();
    }
    if (end === "cancelled") throw cancelled("A command", signal);
    if (end === "ended" && marked.exitCode === undefined) await host.requireAlive?.();
    if (end === "ended" && marked.since === undefined) return "never began";
    const exitCode = end === "timed-out" ? null : (marked.exitCode ?? (await process.ended));
    const durationMs = performance.now() - started;
    return {
      ...commandResult({ exitCode, timedOut: end === "timed-out", output: said.output, durationMs }),
      savedTo: said.savedTo,
    };
  } finally {
    life.listener = undefined;
  }
}

function mark(): string {
  return randomBytes(16).toString("hex");
}

/** Opens one new file after the other in the sandbox, and removes the oldest, so that they never fill its disk. */
function fileOpener(host: ShellHost) {
  const name = randomBytes(3).toString("hex");
  let count = 0;
  const pathOf = (n: number) => `${host.scratch}/output-${name}-${n}.txt`;
  return async () => {
    count += 1;
    const path = pathOf(count);
    const script = 'mkdir -p -- "$1" && rm -f -- "$3" && exec cat >"$2"';
    const argv = ["sh", "-c", script, "sh", host.scratch, path, pathOf(count - savedFiles)] as const;
    return { path, process: await host.start(argv) };
  };
}
