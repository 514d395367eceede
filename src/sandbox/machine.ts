import { NightshiftError } from "../domain/errors.ts";
import type { Command, CommandResult, Shell } from "../domain/sandbox.ts";
import { commandArguments } from "./command-arguments.ts";
import { cancelled, commandResult } from "./command-result.ts";
import { type DiskWatch, diskFullText } from "./disk-watch.ts";
import { ending } from "./ending.ts";
import { readFileArguments, writeFileArguments } from "./file-arguments.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { defaultMaxBytes, requireAbsolute, tooLarge } from "./sandbox-files.ts";

const fileTimeoutMs = 120_000;
/** How a shell reports that its command got SIGXFSZ: one file alone was to be larger than all that may be written. */
const fileTooLarge = 128 + 25;

export interface MachineProcess {
  /** Settles when it and all that held its output have ended. */
  readonly closed: Promise<unknown>;
  /** Once closed. */
  exitCode(): Promise<number | null>;
  /** Ends it with all that it started. */
  kill(): Promise<void>;
}

export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

/** What a sandbox of any kind has to be able to do for the rest to be the same. */
export interface Machine {
  readonly id: string;
  readonly workspace: string;
  readonly disk: DiskWatch;
  start(request: ProcessRequest): Promise<MachineProcess>;
  /** Tells which command runs now. */
  begin(line: string): Disposable;
  /** Does the work, and throws what went wrong as the port says it. */
  within<T>(work: () => Promise<T>): Promise<T>;
}

export async function runOn(machine: Machine, command: Command, signal: AbortSignal): Promise<CommandResult> {
  const argv = commandArguments(command, machine.workspace);
  if (signal.aborted) throw cancelled("A command", signal);
  const started = performance.now();
  const output = new OutputBuffer();
  const onChunk = (chunk: Buffer) => output.add(chunk);
  const { disk } = machine;
  return await machine.within(async () => {
    await disk.ready();
    using _running = machine.begin(command.line);
    const full = disk.signal();
    const process = await machine.start({ argv, env: command.env ?? {}, onStdout: onChunk, onStderr: onChunk });
    const end = await ending(process.closed, command.timeoutMs, AbortSignal.any([signal, full]));
    if (end !== "ended") await process.kill();
    if (end === "cancelled" && signal.aborted) throw cancelled("A command", signal);
    const code = end === "ended" ? await process.exitCode() : null;
    const durationMs = performance.now() - started;
    const left = end === "ended" && (await disk.after(durationMs));
    const exitCode = left ? null : code;
    const diskFull = end === "cancelled" || left || code === fileTooLarge;
    const said = diskFull ? `${output.text()}\n[${diskFullText(disk.maxBytes)}]\n` : output.text();
    return commandResult({ exitCode, timedOut: end === "timed-out", diskFull, output: said, durationMs });
  });
}

/** A kept shell whose commands are known to the guard and bounded in what they write, as those of `runOn` are. */
export function watchedShell(machine: Machine, shell: Shell): Shell {
  return {
    run: async (command, { signal }) => {
      const { disk } = machine;
      await disk.ready();
      using _running = machine.begin(command.line);
      const full = disk.signal();
      const started = performance.now();
      try {
        const result = await shell.run(command, { signal: AbortSignal.any([signal, full]) });
        if (result.exitCode === fileTooLarge) return { ...result, diskFull: true };
        if (!(await disk.after(result.durationMs))) return result;
        const output = `${result.output}\n[${diskFullText(disk.maxBytes)}]\n`;
        return { ...result, exitCode: null, diskFull: true, output, replaced: true };
      } catch (error) {
        if (signal.aborted || !full.aborted) throw error;
        const output = `[${diskFullText(disk.maxBytes)}]\n`;
        const durationMs = performance.now() - started;
        const killed = { exitCode: null, timedOut: false, diskFull: true } as const;
        return { ...killed, output, durationMs, replaced: true, savedTo: undefined };
      }
    },
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
  };
}

export async function readFileOn(machine: Machine, path: string, maxBytes = defaultMaxBytes): Promise<Buffer> {
  requireAbsolute(path);
  const content = await fileCommand(machine, path, readFileArguments(path, maxBytes));
  if (content.length > maxBytes) throw tooLarge(path, maxBytes);
  return content;
}

export async function writeFileOn(machine: Machine, path: string, content: Uint8Array): Promise<void> {
  requireAbsolute(path);
  await fileCommand(machine, path, writeFileArguments(path, content.length), content);
}

// From inside and as the sandbox's user, so that a link which the sandbox made leads nowhere that its commands could not go.
async function fileCommand(
  machine: Machine,
  path: string,
  argv: ProcessRequest["argv"],
  input?: Uint8Array,
): Promise<Buffer> {
  const stdout: Buffer[] = [];
  const stderr = new OutputBuffer(10_000);
  return await machine.within(async () => {
    const process = await machine.start({
      argv,
      ...(input === undefined ? {} : { input }),
      onStdout: (chunk) => stdout.push(Buffer.from(chunk)),
      onStderr: (chunk) => stderr.add(chunk),
    });
    if ((await ending(process.closed, fileTimeoutMs)) !== "ended") {
      await process.kill();
      throw new NightshiftError("sandbox_failed", `${path}: no answer from sandbox ${machine.id}.`);
    }
    if ((await process.exitCode()) !== 0) {
      throw new NightshiftError("bad_input", `${path} in the sandbox: ${stderr.text().trim()}`);
    }
    return Buffer.concat(stdout);
  });
}
