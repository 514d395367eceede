import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { explain, NightshiftError } from "../../domain/errors.ts";
import type { Command, CommandResult, Sandbox, Shell } from "../../domain/sandbox.ts";
import { commandArguments } from "../command-arguments.ts";
import { cancelled, commandResult } from "../command-result.ts";
import { type Ending, ending } from "../ending.ts";
import { OutputBuffer } from "../output-buffer.ts";
import { defaultMaxBytes, requireAbsolute, tooLarge } from "../sandbox-files.ts";
import { openKeptShell } from "../shell/kept-shell.ts";
import { killShell, startShellProcess } from "./process-shell.ts";
import { groupLives, groupsBelow, killGroup } from "./process-tree.ts";

/** How long output may follow after the end, where a process left behind holds it open. */
const trailingMs = 250;

/** A folder of the host, and the processes that were started in it. */
export class ProcessSandbox implements Sandbox {
  readonly provider = "process";
  readonly id: string;
  readonly workspace: string;
  readonly mirror: string;
  readonly scratch: string;
  readonly #root: string;
  readonly #env: Readonly<Record<string, string>>;
  /** Process groups in which something may live. */
  readonly #groups = new Set<number>();
  readonly #shells: Shell[] = [];
  #disposed = false;

  constructor(options: { root: string; mirror: string; env: Readonly<Record<string, string>> }) {
    this.id = basename(options.root);
    this.workspace = join(options.root, "workspace");
    this.scratch = join(options.root, "scratch");
    this.mirror = options.mirror;
    this.#root = options.root;
    this.#env = options.env;
  }

  async run(command: Command, options: { readonly signal: AbortSignal }): Promise<CommandResult> {
    const [program, ...args] = commandArguments(command, this.workspace);
    if (options.signal.aborted) throw cancelled("A command", options.signal);
    await this.#requireRoot();
    const started = performance.now();
    const child = spawn(program, args, {
      cwd: "/",
      env: { ...this.#env, ...command.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = new OutputBuffer();
    const end = await this.#follow(child, output, command.timeoutMs, options.signal);
    if (end === "cancelled") throw cancelled("A command", options.signal);
    const durationMs = performance.now() - started;
    return commandResult({
      exitCode: exitCode(child),
      timedOut: end === "timed-out",
      output: output.text(),
      durationMs,
    });
  }

  async openShell(options: { readonly signal: AbortSignal }): Promise<Shell> {
    await this.#requireRoot();
    const host = {
      workspace: this.workspace,
      scratch: this.scratch,
      start: (argv: readonly [string, ...string[]]) => this.#startShell(argv),
      kill: (tag: string, since: string) => killShell(tag, since, this.#groups),
      requireAlive: () => this.#requireRoot(),
    };
    const shell = await openKeptShell(host, options);
    this.#shells.push(shell);
    return shell;
  }

  async readFile(path: string, options: { readonly maxBytes?: number } = {}): Promise<Buffer> {
    requireAbsolute(path);
    const maxBytes = options.maxBytes ?? defaultMaxBytes;
    return await this.#onFile(path, async () => {
      // Before opening it: opening a pipe would wait for a writer.
      if (!(await stat(path)).isFile()) throw new NightshiftError("bad_input", `${path} in the sandbox is no file.`);
      await using file = await open(path);
      const content = await file.readFile();
      if (content.length > maxBytes) throw tooLarge(path, maxBytes);
      return content;
    });
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    requireAbsolute(path);
    await this.#onFile(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    // A shell knows of more than its group: what made a session of its own.
    await Promise.all(this.#shells.splice(0).map((shell) => shell[Symbol.asyncDispose]()));
    for (const group of this.#groups) killGroup(group);
    this.#groups.clear();
    await removeFolder(this.#root);
  }

  async #startShell(argv: readonly [string, ...string[]]) {
    const started = await startShellProcess(argv, this.#env);
    this.#groups.add(started.pid);
    const forget = () => this.#forget(started.pid);
    started.ended.then(forget, forget);
    return started;
  }

  async #follow(
    child: ChildProcessByStdio<null, Readable, Readable>,
    output: OutputBuffer,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Ending> {
    const { pid } = child;
    child.stdout.on("data", (chunk: Buffer) => output.add(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.add(chunk));
    const closed = once(child, "close");
    // One that cannot be started rejects this, too, and `exited` tells it.
    closed.catch(() => undefined);
    const exited = once(child, "exit");
    if (pid === undefined)
      await exited; // It was not started; this throws why.
    else this.#groups.add(pid);

    const end = await ending(exited, timeoutMs, signal);
    if (end !== "ended" && pid !== undefined) {
      for (const group of await groupsBelow(pid)) killGroup(group);
    }
    await exited;
    await ending(closed, trailingMs);
    if (pid !== undefined) this.#forget(pid);
    return end;
  }

  /** A group without members may be named again by the system, for somebody else's processes. */
  #forget(group: number): void {
    if (!groupLives(group)) this.#groups.delete(group);
  }

  async #onFile<T>(path: string, work: () => Promise<T>): Promise<T> {
    await this.#requireRoot();
    try {
      return await work();
    } catch (error) {
      if (error instanceof NightshiftError) throw error;
      throw new NightshiftError("bad_input", `${path} in the sandbox: ${explain(error)}`, { cause: error });
    }
  }

  async #requireRoot(): Promise<void> {
    try {
      if (this.#disposed) throw new Error("It was disposed of.");
      await access(this.#root);
    } catch (cause) {
      throw new NightshiftError("sandbox_lost", `Sandbox ${this.id} is gone: its folder was removed.`, {
        retryable: true,
        cause,
      });
    }
  }
}

function exitCode(child: ChildProcessByStdio<null, Readable, Readable>): number | null {
  // As a shell would report it, and as a container's engine does.
  return child.signalCode === null ? child.exitCode : 128 + constants.signals[child.signalCode];
}

/** Removes a sandbox's folder, with folders that were made read-only (package caches do that). */
export async function removeFolder(root: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5 };
  try {
    await rm(root, options);
  } catch {
    await promisify(execFile)("chmod", ["-R", "u+rwX", root]);
    await rm(root, options);
  }
}
