import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { NightshiftError } from "../../domain/errors.ts";
import type { Command, CommandResult, Refusal, Sandbox, Shell } from "../../domain/sandbox.ts";
import { type DiskWatch, watchDisk } from "../disk-watch.ts";
import { ending } from "../ending.ts";
import { refusals } from "../guard/refusals.ts";
import {
  type Machine,
  type MachineProcess,
  type ProcessRequest,
  readFileOn,
  runOn,
  watchedShell,
  writeFileOn,
} from "../machine.ts";
import { removeFolder } from "../process/process-sandbox.ts";
import { killGroup } from "../process/process-tree.ts";
import { runningCommand } from "../running-command.ts";
import { openKeptShell } from "../shell/kept-shell.ts";
import { killShellArguments } from "../shell/kill-shell.ts";
import type { ShellProcess } from "../shell/shell-process.ts";
import { folderBytes } from "./folder-bytes.ts";
import { removeControlGroup } from "./srt-cgroup.ts";
import type { SrtExecution, SrtLink } from "./srt-link.ts";

const killTimeoutMs = 10_000;

export interface SrtSandboxParts {
  readonly root: string;
  readonly mirror: string;
  readonly env: Readonly<Record<string, string>>;
  readonly warden: ChildProcess;
  readonly link: SrtLink;
  readonly diskMb: number;
  readonly onRefusal?: (refusal: Refusal) => void;
}

/** A folder of the host, and the processes that see only that: one warden outside, the rest inside. */
export class SrtSandbox implements Sandbox {
  readonly provider = "srt";
  readonly id: string;
  readonly workspace: string;
  readonly mirror: string;
  readonly scratch: string;
  readonly #parts: SrtSandboxParts;
  readonly #machine: Machine;
  readonly #disk: DiskWatch;
  readonly #running = runningCommand();

  constructor(parts: SrtSandboxParts) {
    this.id = basename(parts.root);
    this.workspace = join(parts.root, "workspace");
    this.scratch = join(parts.root, "scratch");
    this.mirror = parts.mirror;
    this.#parts = parts;
    this.#disk = watchDisk({
      written: (signal) => folderBytes(parts.root, signal),
      maxBytes: parts.diskMb * 1024 * 1024,
      killAll: () => this.#killAll(),
    });
    this.#machine = {
      id: this.id,
      workspace: this.workspace,
      disk: this.#disk,
      start: (request) => this.#startProcess(request),
      begin: (line) => this.#running.begin(line),
      within: (work) => this.#orLost(work()),
    };
    const record = refusals(this.#running.line, parts.onRefusal);
    parts.warden.on("message", (message: unknown) => {
      if (isRefused(message)) record(message);
    });
  }

  run(command: Command, { signal }: { readonly signal: AbortSignal }): Promise<CommandResult> {
    return runOn(this.#machine, command, signal);
  }

  async openShell(options: { readonly signal: AbortSignal }): Promise<Shell> {
    const host = {
      workspace: this.workspace,
      scratch: this.scratch,
      start: async (argv: readonly [string, ...string[]]) => await this.#startShellProcess(argv),
      kill: (tag: string, since: string) => this.#killShell(tag, since),
      requireAlive: () => this.#requireRoot(),
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
    await endWarden(this.#parts.warden);
    await removeFolder(this.#parts.root);
    await removeControlGroup(this.id);
  }

  async #startProcess({ input, env, ...request }: ProcessRequest): Promise<MachineProcess> {
    await this.#requireRoot();
    const own = { ...this.#parts.env, ...env };
    const execution = this.#start({ ...request, env: own, input: input !== undefined });
    if (input !== undefined) {
      execution.write(input);
      execution.endInput();
    }
    return { closed: execution.ended, exitCode: () => execution.ended, kill: () => this.#kill(execution) };
  }

  async #startShellProcess(argv: readonly [string, ...string[]]): Promise<ShellProcess> {
    await this.#requireRoot();
    const output = new PassThrough();
    const { link } = this.#parts;
    output.on("drain", () => link.resume());
    output.on("close", () => link.resume());
    const onChunk = (chunk: Buffer) => {
      if (!output.write(Buffer.from(chunk))) link.pause();
    };
    const execution = this.#start({ argv, env: this.#parts.env, input: true, onStdout: onChunk, onStderr: onChunk });
    const stdin = new Writable({
      write(chunk: Buffer, _encoding, done) {
        execution.write(chunk);
        done();
      },
      final(done) {
        execution.endInput();
        done();
      },
    });
    const ended = this.#orLost(execution.ended).finally(() => output.end());
    ended.catch(() => undefined);
    return { stdin, output, ended };
  }

  async #killShell(tag: string, since: string): Promise<void> {
    const emptying = this.#disk.emptying();
    if (emptying !== undefined) return await emptying;
    const ignore = () => undefined;
    const argv = killShellArguments(tag, since);
    const killer = this.#start({ argv, env: this.#parts.env, onStdout: ignore, onStderr: ignore });
    if ((await this.#orLost(ending(killer.ended, killTimeoutMs))) === "ended" && (await killer.ended) === 0) return;
    // What cannot be killed from inside takes the sandbox with it.
    await endWarden(this.#parts.warden);
    throw this.#lost(undefined);
  }

  #start(request: Parameters<SrtLink["start"]>[0]): SrtExecution {
    try {
      return this.#parts.link.start(request);
    } catch (cause) {
      throw this.#lost(cause);
    }
  }

  async #killAll(): Promise<void> {
    const end = await ending(this.#parts.link.killAll(), killTimeoutMs);
    if (end !== "ended") await endWarden(this.#parts.warden);
  }

  /** What cannot be killed from inside takes the sandbox with it. */
  async #kill(execution: SrtExecution): Promise<void> {
    await this.#disk.emptying();
    execution.kill();
    if ((await this.#orLost(ending(execution.ended, killTimeoutMs))) === "ended") return;
    await endWarden(this.#parts.warden);
    throw this.#lost(undefined);
  }

  async #orLost<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof NightshiftError ? error : this.#lost(error);
    }
  }

  async #requireRoot(): Promise<void> {
    try {
      await access(this.#parts.root);
    } catch (cause) {
      throw this.#lost(cause);
    }
  }

  #lost(cause: unknown): NightshiftError {
    return new NightshiftError(
      "sandbox_lost",
      `Sandbox ${this.id} is gone: its processes ended or its folder was removed.`,
      {
        retryable: true,
        cause,
      },
    );
  }
}

const reasons: ReadonlySet<unknown> = new Set(["not_allowed", "forbidden_port", "forbidden_address", "over_limit"]);

function isRefused(message: unknown): message is Omit<Refusal, "command"> {
  return (
    typeof message === "object" &&
    message !== null &&
    "host" in message &&
    typeof message.host === "string" &&
    "port" in message &&
    typeof message.port === "number" &&
    "reason" in message &&
    reasons.has(message.reason)
  );
}

/** Ends the warden, and with it the sandbox: its first process dies with its parent, and the kernel kills what is in there. */
export async function endWarden(warden: ChildProcess): Promise<void> {
  if (warden.pid === undefined || warden.exitCode !== null || warden.signalCode !== null) return;
  const exited = once(warden, "exit");
  killGroup(warden.pid);
  await exited;
}
