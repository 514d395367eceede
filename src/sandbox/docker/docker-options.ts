import type { GuardOptions } from "../guard/open-guard.ts";

export interface DockerOptions {
  /** Default: `nightshift-sandbox`. */
  readonly image?: string;
  /** Whose containers these are, where several Nightshifts share an engine: a sweep sees its own only. */
  readonly owner?: string;
  /** Default: what DOCKER_HOST names, else the usual socket. */
  readonly socketPath?: string;
  /** Another OCI runtime of the engine, like `runsc`. */
  readonly runtime?: string | undefined;
  /** A file of certificates, by its absolute path, that programs inside trust besides the public ones. */
  readonly caBundle?: string | undefined;
  /** How long the engine may say nothing to an ordinary call, in ms, before it counts as gone. Default: a minute. */
  readonly timeoutMs?: number;
  readonly guard?: DockerGuardOptions;
  /** How many started containers wait for the requests that come next. Default: none. */
  readonly pool?: {
    readonly size: number;
    /** A container for which nothing comes is removed after this. Default: ten minutes. */
    readonly idleMs?: number;
  };
}

export interface DockerGuardOptions extends Pick<GuardOptions, "internal" | "ports" | "loopback" | "resolve"> {
  /** A short absolute path that the engine sees as well. Default: below the system's folder for temporary files. */
  readonly parent?: string;
  /** What one run may send and receive. Default: 2 GB. */
  readonly maxBytes?: number;
}
