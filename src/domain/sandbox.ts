import type { HealthCheck } from "./health.ts";

export const sandboxProviders = ["docker", "srt", "process"] as const;
export type SandboxProviderName = (typeof sandboxProviders)[number];

export interface SandboxLimits {
  readonly memoryMb: number;
  readonly cpus: number;
  /** Processes and threads at once. */
  readonly processes: number;
  /** What it may write, in MB; a command that passes it is ended with `disk_full`. */
  readonly diskMb: number;
  readonly openFiles: number;
}

/**
 * What a sandbox reaches: nothing, or through the egress guard these hosts only:
 * exact names, `*.example.com` for what is below example.com, and `*` for every host that is not in a closed network.
 */
export type SandboxNetwork = "none" | { readonly allow: readonly string[] };

export const refusalReasons = ["not_allowed", "forbidden_port", "forbidden_address", "over_limit"] as const;

/** Something the egress guard did not let out. */
export interface Refusal {
  readonly host: string;
  readonly port: number;
  readonly reason: (typeof refusalReasons)[number];
  /** The command that ran when it was asked for, where there was one. */
  readonly command: string | undefined;
}

/**
 * A sandbox after set-up, kept to start the next one from. The key is made of all that went into it and holds the repository,
 * so that no snapshot is ever shared between two.
 */
export interface Snapshot {
  readonly key: string;
  /** Of the repository, to find the nearest older one when no key fits. */
  readonly repository: string;
  /** The commit that is checked out in it. */
  readonly sha: string;
  /** The provider's own name for it. */
  readonly reference: string;
}

export interface SandboxRequest {
  readonly runId: string;
  /** The lease under which it is made; a sweep removes what no living lease owns. */
  readonly lease: number;
  /** What it is for, in the timeline and in the container's label. */
  readonly purpose: "work" | "verify" | "prepare";
  /** Bare repository on the host, offered read-only inside at `Sandbox.mirror`. */
  readonly mirror: string;
  readonly network: SandboxNetwork;
  readonly limits: SandboxLimits;
  /** Start from this one; its workspace is then not empty but as it was kept. */
  readonly snapshot?: Snapshot;
  /** Another image than the operator's, as a repository's devcontainer may name one. */
  readonly image?: string;
  /** Told of each refusal, once per host, port and command. */
  readonly onRefusal?: (refusal: Refusal) => void;
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
  /** It was ended because the sandbox had written more than it may. */
  readonly diskFull?: boolean;
  /** Standard output and error as they came, invalid UTF-8 replaced; over the cap the middle is left out and says so. */
  readonly output: string;
  readonly durationMs: number;
}

/** A command in a shell that is kept open. */
export interface ShellCommand {
  readonly line: string;
  readonly timeoutMs: number;
  /** How much of the output the result holds: half of it from the head, half from the tail. Default: 1 MB. */
  readonly keepBytes?: number;
  /** Told of the output as it comes, invalid UTF-8 replaced. */
  readonly onOutput?: (text: string) => void;
}

export interface ShellResult extends CommandResult {
  /** The shell had to be replaced, by the time-out say: directory and variables are those of a new one. */
  readonly replaced: boolean;
  /** Where, inside the sandbox, the whole output (its first 50 MB) can be read, when `output` holds only its head and tail. */
  readonly savedTo: string | undefined;
}

/**
 * A shell that stays: directory and variables last from one command to the next. One command at a time.
 * A command that asks for input reads an end of file; what it leaves running in the background goes on until disposal.
 */
export interface Shell extends AsyncDisposable {
  run(command: ShellCommand, options: { readonly signal: AbortSignal }): Promise<ShellResult>;
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
  openShell(options: { readonly signal: AbortSignal }): Promise<Shell>;
  /** @throws NightshiftError `bad_input` when there is no such file or it is over `maxBytes` (default 10 MB). */
  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;
  /** Makes missing folders; keeps the mode of a file that exists. `path` is absolute. */
  writeFile(path: string, content: Uint8Array): Promise<void>;
}

export interface SnapshotWanted extends Pick<Snapshot, "key" | "repository"> {
  /** Of the repository's own choice, as in `SandboxRequest`. */
  readonly image?: string;
}

/** Keeps sandboxes after set-up, within a disk budget. */
export interface SnapshotStore {
  /** Keeps the sandbox as it is now, processes aside; the sandbox goes on. The same key again changes nothing. */
  keep(sandbox: Sandbox, snapshot: Omit<Snapshot, "reference">): Promise<Snapshot>;
  /** The one with this key, else the newest of the repository that began with the same image, else none. Marks it as used now. */
  find(wanted: SnapshotWanted): Promise<Snapshot | undefined>;
  /** Removes one that cannot be used. */
  drop(snapshot: Snapshot): Promise<void>;
  /** Removes those used longest ago until all are within `maxMb` together; returns what was removed. */
  trim(maxMb: number): Promise<readonly Snapshot[]>;
  /** Of all installations that share the engine, as its disk is shared; what is free there, where that can be told. */
  usage(): Promise<SnapshotUsage>;
}

export interface SnapshotUsage {
  readonly count: number;
  readonly bytes: number;
  readonly freeBytes: number | undefined;
}

/** Disposal, of one that keeps anything ready, ends that; sandboxes are their users' to dispose of. */
export interface SandboxProvider extends Partial<AsyncDisposable> {
  readonly name: SandboxProviderName;
  /** One line for people when this provider does not isolate; `undefined` when it does. */
  readonly warning: string | undefined;
  /** Where this provider can keep sandboxes. */
  readonly snapshots?: SnapshotStore;
  create(request: SandboxRequest, options: { readonly signal: AbortSignal }): Promise<Sandbox>;
  /** Removes every sandbox of ours whose run and lease `isAlive` denies; returns how many. */
  sweep(isAlive: (runId: string, lease: number) => Promise<boolean>): Promise<number>;
  check(): Promise<readonly HealthCheck[]>;
}
