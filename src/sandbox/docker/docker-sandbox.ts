import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import type { Command, CommandResult, Sandbox, Shell } from "../../domain/sandbox.ts";
import { type DiskWatch, watchDisk } from "../disk-watch.ts";
import { ending } from "../ending.ts";
import {
  type Machine,
  type MachineProcess,
  type ProcessRequest,
  readFileOn,
  runOn,
  watchedShell,
  writeFileOn,
} from "../machine.ts";
import type { RunningCommand } from "../running-command.ts";
import { openKeptShell } from "../shell/kept-shell.ts";
import { killShellArguments } from "../shell/kill-shell.ts";
import type { ShellProcess } from "../shell/shell-process.ts";
import { type Execution, startDialogue, startExecution } from "./docker-exec.ts";
import { lost, sandboxError, statusOf } from "./engine-error.ts";
import { killArguments, marker } from "./kill-marked.ts";

export const dockerFolders = {
  workspace: "/workspace",
  mirror: "/mirror.git",
  scratch: "/scratch",
  home: "/home/sandbox",
} as const;

const killTimeoutMs = 10_000;
const settleMs = 2_000;

/** One container, from its start to its removal. */
export class DockerSandbox implements Sandbox {
  readonly provider = "docker";
  readonly workspace = dockerFolders.workspace;
  readonly mirror = dockerFolders.mirror;
  readonly scratch = dockerFolders.scratch;
  readonly id: string;
  readonly #docker: Docker;
  readonly #container: Docker.Container;
  readonly #machine: Machine;
  readonly #disk: DiskWatch;
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
    this.#disk = watchDisk({
      written: (signal) => writtenBytes(container, signal),
      maxBytes: options.diskMb * 1024 * 1024,
      killAll: () => container.restart({ t: 0 }),
    });
    this.#machine = {
      id: this.id,
      workspace: this.workspace,
      disk: this.#disk,
      start: (request) => this.#startMarked(request),
      begin: (line) => options.running.begin(line),
      within: (work) => this.#inContainer(work),
    };
    this.#release = options.release;
  }

  run(command: Command, { signal }: { readonly signal: AbortSignal }): Promise<CommandResult> {
    return runOn(this.#machine, command, signal);
  }

  async openShell(options: { readonly signal: AbortSignal }): Promise<Shell> {
    const host = {
      workspace: this.workspace,
      scratch: this.scratch,
      start: (argv: readonly [string, ...string[]]) => this.#startShellProcess(argv),
      kill: (tag: string, since: string) => this.#killShell(tag, since),
    };
    return watchedShell(this.#machine, await openKeptShell(host, options));
  }

  readFile(path: string, options: { readonly maxBytes?: number } = {}): Promise<Buffer> {
    return readFileOn(this.#machine, path, options.maxBytes);
  }

  writeFile(path: string, content: Uint8Array): Promise<void> {
    return writeFileOn(this.#machine, path, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disk[Symbol.dispose]();
    await this.#release();
  }

  async #startMarked(request: ProcessRequest): Promise<MachineProcess> {
    const id = randomUUID();
    const execution = await this.#start({ ...request, env: { ...request.env, [marker]: id } });
    return {
      closed: execution.closed,
      exitCode: () => this.#exitCode(execution),
      kill: () => this.#kill(killArguments(id), execution.closed),
    };
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
    const emptying = this.#disk.emptying();
    if (emptying !== undefined) return await emptying;
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

/** Without what its image holds. */
async function writtenBytes(container: Docker.Container, abortSignal: AbortSignal): Promise<number> {
  // Named first, since the type of what may be asked for does not know of `size`.
  const options = { size: true, abortSignal };
  const found = await container.inspect(options);
  return "SizeRw" in found && typeof found.SizeRw === "number" ? found.SizeRw : 0;
}
