import type { HealthCheck } from "./health.ts";

export const sandboxProviders = ["docker", "process"] as const;
export type SandboxProviderName = (typeof sandboxProviders)[number];

export interface SandboxLimits {
  readonly memoryMb: number;
  readonly cpus: number;
  /** Processes and threads at once. */
  readonly processes: number;
}

export interface SandboxRequest {
  readonly runId: string;
  /** The lease under which it is made; a sweep removes what no living lease owns. */
  readonly lease: number;
  /** What it is for, in the timeline and in the container's label. */
  readonly purpose: "work" | "verify";
  /** Bare repository on the host, offered read-only inside at `Sandbox.mirror`. */
  readonly mirror: string;
  readonly network: "none" | "open";
  readonly limits: SandboxLimits;
}

export interface Command {
  /** A line for `bash -c` (`sh -c` where there is no bash). */
  readonly line: string;
  /** Defaults to the workspace. */
  readonly cwd?: string;
  readonly timeoutMs: number;
  /** Added to the sandbox's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  /** `null` when it was killed: by the time-out, or for its memory. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** Standard output and error as they came, invalid UTF-8 replaced; over the cap the middle is left out and says so. */
  readonly output: string;
  readonly durationMs: number;
}

/**
 * An ephemeral machine to run commands in. Disposal removes it with all that runs in it.
 * Methods throw NightshiftError `sandbox_lost` (retryable) when it is gone, `cancelled` when the signal fires.
 */
export interface Sandbox extends AsyncDisposable {
  readonly id: string;
  readonly provider: SandboxProviderName;
  /** Absolute path, inside, of the folder for the checkout. It exists and is empty at first. */
  readonly workspace: string;
  /** Absolute path, inside, where the bare mirror can be read. */
  readonly mirror: string;
  /** Absolute path, inside, of a writable folder outside the workspace. */
  readonly scratch: string;
  run(command: Command, options: { readonly signal: AbortSignal }): Promise<CommandResult>;
  /** @throws NightshiftError `bad_input` when there is no such file or it is over `maxBytes` (default 10 MB). */
  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;
  /** Makes missing folders; keeps the mode of a file that exists. `path` is absolute. */
  writeFile(path: string, content: Uint8Array): Promise<void>;
}

export interface SandboxProvider {
  readonly name: SandboxProviderName;
  /** One line for people when this provider does not isolate; `undefined` when it does. */
  readonly warning: string | undefined;
  create(request: SandboxRequest, options: { readonly signal: AbortSignal }): Promise<Sandbox>;
  /** Removes every sandbox of ours whose run and lease `isAlive` denies; returns how many. */
  sweep(isAlive: (runId: string, lease: number) => Promise<boolean>): Promise<number>;
  check(): Promise<readonly HealthCheck[]>;
}
