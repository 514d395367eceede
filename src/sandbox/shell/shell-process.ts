import type { Readable, Writable } from "node:stream";

/** A program that runs inside a sandbox, with both its ends. */
export interface ShellProcess {
  readonly stdin: Writable;
  /** Both outputs as one; it must be read. */
  readonly output: Readable;
  /** Its exit code, when it has ended and its output was read. Rejects with `sandbox_lost` when the sandbox went with it. */
  readonly ended: Promise<number | null>;
}

/** What a kept shell needs of a sandbox; all else about shells is the same everywhere. */
export interface ShellHost {
  readonly workspace: string;
  readonly scratch: string;
  start(argv: readonly [string, ...string[]]): Promise<ShellProcess>;
  /**
   * Kills the shell with this tag (NAME=VALUE) in its environment, and what it started at `since` (seconds after the system's
   * start; empty: ever) or later. Where no times can be had, all that it ever started.
   */
  kill(tag: string, since: string): Promise<void>;
  /** For where a shell may outlive its sandbox. @throws NightshiftError `sandbox_lost` when it has. */
  requireAlive?(): Promise<void>;
}
