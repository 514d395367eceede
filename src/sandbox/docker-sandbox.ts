import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { NightshiftError } from "../domain/errors.ts";
import type { Command, CommandResult, Sandbox, Shell } from "../domain/sandbox.ts";
import { commandArguments } from "./command-arguments.ts";
import { cancelled, commandResult } from "./command-result.ts";
import { diskFullText, watchDisk } from "./disk-watch.ts";
import { type Execution, startDialogue, startExecution } from "./docker-exec.ts";
import { ending } from "./ending.ts";
import { lost, sandboxError, statusOf } from "./engine-error.ts";
import { readFileArguments, writeFileArguments } from "./file-arguments.ts";
import { openKeptShell } from "./kept-shell.ts";
import { killArguments, marker } from "./kill-marked.ts";
import { killShellArguments } from "./kill-shell.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { RunningCommand } from "./running-command.ts";
import { defaultMaxBytes, requireAbsolute, tooLarge } from "./sandbox-files.ts";
import type { ShellProcess } from "./shell-process.ts";

export const dockerFolders = {
  workspace: "/workspace",
  mirror: "/mirror.git",
  scratch: "/scratch",
  home: "/home/sandbox",
} as const;

const killTimeoutMs = 10_000;
const fileTimeoutMs = 120_000;
const settleMs = 2_000;
/** How a shell reports that its command got SIGXFSZ: one file alone was to be larger than all that may be written. */
const fileTooLarge = 128 + 25;

/** One container, from its start to its removal. */
export class DockerSandbox implements Sandbox {
  readonly provider = "docker";
  readonly workspace = dockerFolders.workspace;
  readonly mirror = dockerFolders.mirror;
  readonly scratch = dockerFolders.scratch;
  readonly id: string;
  readonly #docker: Docker;
  readonly #container: Docker.Container;
  readonly #running: RunningCommand;
  readonly #maxBytes: number;
  readonly #release: () => Promise<void>;

  constructor(
    docker: Docker,
    container: Docker.Container,
    options: {
      readonly running: RunningCommand;
      readonly diskMb: number;
      /** Removes the container with all that belongs to it. */
      readonly release: () => Promise<void>;
    },
  ) {
    this.id = container.id.slice(0, 12);
    this.#docker = docker;
    this.#container = container;
    this.#running = options.running;
    this.#maxBytes = options.diskMb * 1024 * 1024;
    this.#release = options.release;
  }

  async run(command: Command, options: { readonly signal: AbortSignal }): Promise<CommandResult> {
    const argv = commandArguments(command, this.workspace);
    if (options.signal.aborted) throw cancelled("A command", options.signal);
    const started = performance.now();
    const output = new OutputBuffer();
    const onChunk = (chunk: Buffer) => output.add(chunk);
    const id = randomUUID();
    return await this.#inContainer(async () => {
      const env = { ...command.env, [marker]: id };
      using _running = this.#running.begin(command.line);
      using disk = watchDisk(this.#container, this.#maxBytes);
      const execution = await this.#start({ argv, env, onStdout: onChunk, onStderr: onChunk });
      const stop = AbortSignal.any([options.signal, disk.signal]);
      const end = await ending(execution.closed, command.timeoutMs, stop);
      if (end !== "ended") await this.#kill(killArguments(id), execution.closed);
      if (end === "cancelled" && options.signal.aborted) throw cancelled("A command", options.signal);
      const exitCode = end === "ended" ? await this.#exitCode(execution) : null;
      const durationMs = performance.now() - started;
      const diskFull = end === "cancelled" || exitCode === fileTooLarge;
      const said = diskFull ? `${output.text()}\n[${diskFullText(this.#maxBytes)}]\n` : output.text();
      return commandResult({ exitCode, timedOut: end === "timed-out", diskFull, output: said, durationMs });
    });
  }

  async openShell(options: { readonly signal: AbortSignal }): Promise<Shell> {
    const host = {
      workspace: this.workspace,
      scratch: this.scratch,
      start: (argv: readonly [string, ...string[]]) => this.#startShellProcess(argv),
      kill: (tag: string, since: string) => this.#killShell(tag, since),
    };
    return this.#watched(await openKeptShell(host, options));
  }

  /** A kept shell whose commands are known to the guard and bounded in what they write, as those of `run` are. */
  #watched(shell: Shell): Shell {
    return {
      run: async (command, { signal }) => {
        using _running = this.#running.begin(command.line);
        using disk = watchDisk(this.#container, this.#maxBytes);
        const started = performance.now();
        try {
          const result = await shell.run(command, { signal: AbortSignal.any([signal, disk.signal]) });
          return result.exitCode === fileTooLarge ? { ...result, diskFull: true } : result;
        } catch (error) {
          if (signal.aborted || !disk.signal.aborted) throw error;
          const output = `[${diskFullText(this.#maxBytes)}]\n`;
          const durationMs = performance.now() - started;
          return {
            exitCode: null,
            timedOut: false,
            diskFull: true,
            output,
            durationMs,
            replaced: true,
            savedTo: undefined,
          };
        }
      },
      [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
    };
  }

  async readFile(path: string, options: { readonly maxBytes?: number } = {}): Promise<Buffer> {
    requireAbsolute(path);
    const maxBytes = options.maxBytes ?? defaultMaxBytes;
    const content = await this.#fileCommand(path, readFileArguments(path, maxBytes));
    if (content.length > maxBytes) throw tooLarge(path, maxBytes);
    return content;
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    requireAbsolute(path);
    await this.#fileCommand(path, writeFileArguments(path, content.length), content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }

  // As the sandbox's user and not by the engine's archive calls, which act as root and follow links that the sandbox made.
  async #fileCommand(path: string, argv: readonly string[], input?: Uint8Array): Promise<Buffer> {
    const stdout: Buffer[] = [];
    const stderr = new OutputBuffer(10_000);
    return await this.#inContainer(async () => {
      const execution = await this.#start({
        argv,
        ...(input === undefined ? {} : { input }),
        onStdout: (chunk) => stdout.push(Buffer.from(chunk)),
        onStderr: (chunk) => stderr.add(chunk),
      });
      const end = await ending(execution.closed, fileTimeoutMs);
      if (end !== "ended") throw new NightshiftError("sandbox_failed", `${path}: no answer from sandbox ${this.id}.`);
      if ((await this.#exitCode(execution)) !== 0) {
        throw new NightshiftError("bad_input", `${path} in the sandbox: ${stderr.text().trim()}`);
      }
      return Buffer.concat(stdout);
    });
  }

  #start(request: Parameters<typeof startExecution>[2]): Promise<Execution> {
    return startExecution(this.#docker, this.#container, request);
  }

  async #startShellProcess(argv: readonly string[]): Promise<ShellProcess> {
    return await this.#inContainer(async () => {
      const { stdin, output, ...execution } = await startDialogue(this.#container, argv);
      const ended = this.#inContainer(async () => {
        await execution.closed;
        return await this.#exitCode(execution);
      });
      return { stdin, output, ended };
    });
  }

  async #killShell(tag: string, since: string): Promise<void> {
    await this.#inContainer(() => this.#kill(killShellArguments(tag, since), Promise.resolve()));
  }

  async #exitCode(execution: Execution): Promise<number | null> {
    const exitCode = await execution.exitCode();
    // So end commands that are killed or cannot be started, but also all of those in a container that goes down.
    const suspicious = exitCode === null || exitCode === 126 || exitCode === 137;
    if (suspicious && !(await this.#lives())) throw lost(this.id);
    return exitCode;
  }

  /** Asked of the container itself: for a moment after its end the engine still reports it as running. */
  async #lives(): Promise<boolean> {
    const ignore = () => undefined;
    try {
      const probe = await this.#start({ argv: ["true"], onStdout: ignore, onStderr: ignore });
      await probe.closed;
      if ((await probe.exitCode()) === 0) return true;
      // It may also be alive and have no room for one more process.
      return (await ending(this.#container.wait({ condition: "not-running" }), settleMs)) === "timed-out";
    } catch {
      return false;
    }
  }

  /** Runs what kills and waits for the end of it. */
  async #kill(killer: readonly string[], closed: Promise<void>): Promise<void> {
    // What cannot be killed from inside (it leaves no room for one more process) goes down with a restart, which keeps the files.
    if (!(await this.#killFromInside(killer, closed))) await this.#container.restart({ t: 0 });
  }

  async #killFromInside(argv: readonly string[], closed: Promise<void>): Promise<boolean> {
    const ignore = () => undefined;
    const kill = async () => {
      const killer = await this.#start({ argv, onStdout: ignore, onStderr: ignore });
      await killer.closed;
      if ((await killer.exitCode()) !== 0) throw new Error("Some of its processes cannot be killed from inside.");
      await closed;
    };
    try {
      return (await ending(kill(), killTimeoutMs)) === "ended";
    } catch {
      return false;
    }
  }

  async #inContainer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sandboxError(error, this.id);
    }
  }
}

/** Removes a container with its volumes; one that is gone or going is fine. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (statusOf(error) === 404) return;
    if (statusOf(error) !== 409) throw sandboxError(error, container.id.slice(0, 12));
    await container.wait({ condition: "removed" }).catch((gone: unknown) => {
      if (statusOf(gone) !== 404) throw sandboxError(gone, container.id.slice(0, 12));
    });
  }
}
