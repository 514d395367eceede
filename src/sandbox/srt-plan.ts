import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SandboxRuntimeConfig } from "@anthropic-ai/sandbox-runtime";
import type { SandboxLimits, SandboxNetwork } from "../domain/sandbox.ts";
import type { ControlGroup } from "./srt-cgroup.ts";
import { privateRanges } from "./srt-network.ts";
import { insideThreads, quote } from "./srt-words.ts";

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
}

/** Nothing is readable but programs, the mirror and the sandbox's own folders, and only those can be written. */
export function srtPlan({ root, mirror, path, network, limits, group, unixSockets }: SrtPlanOptions): SrtPlan {
  const runtime = dirname(dirname(fileURLToPath(import.meta.resolve("@anthropic-ai/sandbox-runtime"))));
  const own = import.meta.dirname;
  return {
    config: {
      network: {
        allowedDomains: [],
        deniedDomains: [],
        deniedResolvedAddresses: [...privateRanges],
        allowAllUnixSockets: unixSockets,
      },
      filesystem: {
        denyRead: process.platform === "darwin" ? macDenies : ["/"],
        allowRead: [
          ...systemPaths,
          ...programFolders(path),
          // In `run` is the proxy's socket, which the relay inside connects to.
          ...[join(runtime, "vendor"), own, join(own, "../../package.json"), mirror, join(root, "run")],
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
      ...limitLines(limits, group),
      `exec ${[process.execPath, join(own, "srt-inside.ts")].map(quote).join(" ")}`,
    ].join("; "),
  };
}

// There a denied root would hide the system's own libraries from every program.
const macDenies = ["/Users", "/Volumes", "/private/var/root", "/private/tmp", "/private/var/folders", homedir()];

/** Where programs lie besides the system's own folders, with the libraries of an installation (Node's npm is one). */
function programFolders(path: string): readonly string[] {
  return [dirname(process.execPath), ...path.split(delimiter)]
    .filter((folder) => folder.startsWith("/") && !`${homedir()}/`.startsWith(`${folder.replace(/\/+$/, "")}/`))
    .flatMap((folder) => (basename(folder) === "bin" ? [folder, join(folder, "../lib")] : [folder]));
}

// Per process where the system cannot count for all of them together; what is not there on some system is no reason to stop.
function limitLines(limits: SandboxLimits, group: ControlGroup | undefined): readonly string[] {
  return [
    `ulimit -n ${limits.openFiles} 2>/dev/null`,
    `ulimit -u ${limits.processes + insideThreads} 2>/dev/null`,
    ...(group === undefined ? [`ulimit -d ${limits.memoryMb * 1024} 2>/dev/null`] : []),
    `ulimit -f ${limits.diskMb * 1024} 2>/dev/null`,
    "ulimit -c 0 2>/dev/null",
  ];
}

/** Never a pattern, whatever characters are in it. */
function literal(path: string): { path: string; literal: true } {
  return { path, literal: true };
}
