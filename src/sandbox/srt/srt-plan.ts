import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SandboxRuntimeConfig } from "@anthropic-ai/sandbox-runtime";
import type { SandboxLimits, SandboxNetwork } from "../../domain/sandbox.ts";
import { shellWord } from "../../domain/shell-word.ts";
import { closedRanges } from "../guard/address-rules.ts";
import type { ControlGroup } from "./srt-cgroup.ts";
import { insideThreads } from "./srt-words.ts";

/** All that a warden needs to know. */
export interface SrtPlan {
  readonly config: SandboxRuntimeConfig;
  readonly network: SandboxNetwork;
  /** Shell lines to go first, outside. */
  readonly outside: readonly string[];
  /** The shell line that the sandbox consists of. */
  readonly inside: string;
}

/** What programs need of a system. Not `/etc` as a whole: it holds keys, and a root's sandbox could read them. */
const systemPaths = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/System", "/Library"],
  ...[
    ...["alternatives", "ca-certificates", "debian_version", "fonts", "group", "host.conf", "hosts", "java-17-openjdk"],
    ...["java-21-openjdk", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic"],
    ...[
      "mime.types",
      "nsswitch.conf",
      "os-release",
      "passwd",
      "pki",
      "protocols",
      "resolv.conf",
      "services",
      "ssl/certs",
    ],
    ...["ssl/openssl.cnf", "terminfo", "timezone"],
  ].map((name) => `/etc/${name}`),
];

export interface SrtPlanOptions {
  /** The sandbox's folder on the host. */
  readonly root: string;
  readonly mirror: string;
  /** Where programs are looked for. */
  readonly path: string;
  readonly network: SandboxNetwork;
  readonly limits: SandboxLimits;
  /** What counts for all of its processes together, where there is something that does. */
  readonly group: ControlGroup | undefined;
  /** Whether commands may open Unix sockets, as many test suites do. */
  readonly unixSockets: boolean;
  /** To be readable inside. */
  readonly caBundle?: string | undefined;
}

/** Nothing is readable but programs, the mirror and the sandbox's own folders, and only those can be written. */
export function srtPlan(options: SrtPlanOptions): SrtPlan {
  const { root, mirror, path, network, limits, group, unixSockets, caBundle } = options;
  const runtime = dirname(dirname(fileURLToPath(import.meta.resolve("@anthropic-ai/sandbox-runtime"))));
  const own = dirname(import.meta.dirname);
  return {
    config: {
      network: {
        allowedDomains: [],
        deniedDomains: [],
        deniedResolvedAddresses: [...closedRanges],
        allowAllUnixSockets: unixSockets,
      },
      filesystem: {
        denyRead: process.platform === "darwin" ? macDenies : ["/"],
        allowRead: [
          ...systemPaths,
          ...programFolders(path),
          // In `run` is the proxy's socket, which the relay inside connects to.
          ...[join(runtime, "vendor"), own, join(own, "../../package.json"), mirror, join(root, "run")],
          ...(caBundle === undefined ? [] : [caBundle]),
        ]
          .filter((entry) => existsSync(entry))
          .map(literal),
        allowWrite: ["home", "tmp", "workspace", "scratch"].map((name) => literal(join(root, name))),
        // The runtime lets every sandbox write here, where it exists: one could leave something for another.
        denyWrite: ["/tmp/claude"].filter((entry) => existsSync(entry)),
      },
    },
    network,
    outside: group?.join ?? [],
    inside: [
      ...limitLines(limits),
      `exec ${[process.execPath, join(import.meta.dirname, "srt-inside.ts")].map(shellWord).join(" ")}`,
    ].join("; "),
  };
}

// There a denied root would hide the system's own libraries from every program.
const macDenies = ["/Users", "/Volumes", "/private/var/root", "/private/tmp", "/private/var/folders", homedir()];

/**
 * The folders of `path` that are shown inside, with Node's first: not those below a home, which is closed. What lies there often
 * stands in for a program (a shim of a version manager) and would fail where the system's own one works.
 */
export function visiblePath(path: string): readonly string[] {
  const homes = [homedir(), "/root", "/home"];
  const isAbove = (folder: string, below: string) => `${below}/`.startsWith(`${folder.replace(/\/+$/, "")}/`);
  const shown = path
    .split(delimiter)
    .filter(
      (folder) => folder.startsWith("/") && !homes.some((home) => isAbove(home, folder) || isAbove(folder, home)),
    );
  return [...new Set([dirname(process.execPath), ...shown])];
}

/** With the libraries of an installation beside its programs (Node's npm is one). */
function programFolders(path: string): readonly string[] {
  return visiblePath(path).flatMap((folder) =>
    basename(folder) === "bin" ? [folder, join(folder, "../lib")] : [folder],
  );
}

// No limit of memory: the two that there are count what V8 and others only reserve. What a system lacks is no reason to stop.
function limitLines(limits: SandboxLimits): readonly string[] {
  return [
    `ulimit -n ${limits.openFiles} 2>/dev/null`,
    `ulimit -u ${limits.processes + insideThreads} 2>/dev/null`,
    `ulimit -f ${limits.diskMb * 1024} 2>/dev/null`,
    "ulimit -c 0 2>/dev/null",
  ];
}

/** Never a pattern, whatever characters are in it. */
function literal(path: string): { path: string; literal: true } {
  return { path, literal: true };
}
