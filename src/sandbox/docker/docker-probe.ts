import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { explain } from "../../domain/errors.ts";
import type { HealthCheck } from "../../domain/health.ts";
import type { Sandbox, SandboxRequest } from "../../domain/sandbox.ts";

type Probed = readonly HealthCheck[];

/** Small, so that a limit that does not hold shows. */
const limits = { memoryMb: 128, cpus: 0.5, processes: 64, diskMb: 256, openFiles: 128 } as const;
const allowed = "allowed.nightshift.test";
const timeoutMs = 30_000;

export interface ProbeRequest {
  readonly request: SandboxRequest;
  /** The guard lets it through to this machine, at `port`. */
  readonly host: string;
  readonly port: number;
}

export interface Probe {
  readonly create: (request: ProbeRequest) => Promise<Sandbox>;
  /** Any folder that the engine sees. */
  readonly mirror: string;
}

/** Starts a container and looks from inside whether its limits hold and whether the guard is its only way out. */
export async function probeContainer({ create, mirror }: Probe): Promise<Probed> {
  const answer = randomUUID();
  const server = createServer((_, response) => response.end(answer)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  try {
    const network = { allow: [allowed] };
    const request: SandboxRequest = { runId: "doctor", lease: 1, purpose: "verify", mirror, network, limits };
    await using sandbox = await create({ request, host: allowed, port });
    return [
      started(sandbox),
      await checkRights(sandbox),
      await checkLimits(sandbox),
      await checkGuard(sandbox, port, answer),
    ];
  } catch (error) {
    return [
      { name: "sandbox", ok: false, detail: explain(error), remedy: "Read the engine's log, and run `docker info`." },
    ];
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function started({ id }: Sandbox): HealthCheck {
  return { name: "sandbox", ok: true, detail: `${id} was made from the image and ran commands` };
}

async function checkRights(sandbox: Sandbox): Promise<HealthCheck> {
  const line = "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status";
  const found = (await output(sandbox, line)).replaceAll("\t", " ");
  const wrong = [
    "1000\n",
    "CapEff: 0000000000000000",
    "CapBnd: 0000000000000000",
    "NoNewPrivs: 1",
    "Seccomp: 2",
  ].filter((wanted) => !found.includes(wanted));
  return verdict("sandbox rights", wrong, {
    good: "no capabilities, no way to gain any, seccomp on",
    bad: (missing) => `inside, these do not hold: ${missing.join(", ").replaceAll("\n", "")}`,
    remedy:
      "Remove `seccomp-profile` and `default-ulimits` of your own from /etc/docker/daemon.json, and see that the kernel has CONFIG_SECCOMP.",
  });
}

async function checkLimits(sandbox: Sandbox): Promise<HealthCheck> {
  // The first file is of cgroup version 2, the second of version 1.
  const group = (...files: readonly string[]) =>
    `cat ${files.map((file) => `/sys/fs/cgroup/${file}`).join(" ")} 2>/dev/null | head -n 1`;
  const line = [
    `echo memory=$(${group("memory.max", "memory/memory.limit_in_bytes")})`,
    `echo processes=$(${group("pids.max", "pids/pids.max")})`,
    `echo cpus=$(${group("cpu.max", "cpu/cpu.cfs_quota_us")} | cut -d' ' -f1)`,
    "echo files=$(ulimit -Hn)",
    "echo disk=$(ulimit -Hf)",
  ].join("; ");
  const found = (await output(sandbox, line)).split("\n");
  const wanted = [
    `memory=${limits.memoryMb * 1024 * 1024}`,
    `processes=${limits.processes}`,
    `cpus=${limits.cpus * 100_000}`,
    `files=${limits.openFiles}`,
    `disk=${limits.diskMb * 1024}`,
  ];
  const wrong = wanted.filter((it) => !found.includes(it));
  return verdict("sandbox limits", wrong, {
    good: "memory, processes, processor time, open files and file size are in force",
    bad: (missing) => `not in force: ${missing.map((it) => it.split("=")[0]).join(", ")}`,
    remedy:
      "The engine must be able to set cgroup limits: see the warnings at the end of `docker info`; a rootless engine needs cgroup version 2 with delegated controllers.",
  });
}

async function checkGuard(sandbox: Sandbox, port: number, answer: string): Promise<HealthCheck> {
  const proxied = await output(sandbox, request(`http://${allowed}:${port}/`));
  if (!proxied.includes(answer)) {
    return {
      name: "egress guard",
      ok: false,
      detail: `an allowed host cannot be reached through it: ${proxied.trim().slice(0, 200)}`,
      remedy: "The engine has to run on this machine and see Nightshift's `data_dir` under the same path.",
    };
  }
  const refused = await output(sandbox, request(`http://forbidden.nightshift.test:${port}/`));
  const direct = await output(sandbox, interfaces);
  const wrong = [
    ...(refused.includes("403") || refused.includes("not_allowed") ? [] : ["a forbidden host was not refused"]),
    ...(direct.trim() === "" ? [] : ["there is a way past it"]),
  ];
  return verdict("egress guard", wrong, {
    good: "reached from inside, refuses what is not listed, and is the only way out",
    bad: (found) => found.join(", "),
    remedy: "Do not use this engine for runs: it gives a container with `NetworkMode: none` a network.",
  });
}

/** Interfaces that are up, but for the loopback. */
const interfaces =
  "for i in /sys/class/net/*; do [ $i = /sys/class/net/lo ] || grep -l '^up' $i/operstate; done 2>/dev/null; true";

function request(url: string): string {
  return `curl -sS --max-time 10 ${url} 2>&1 || python3 -c 'import urllib.request as u; print(u.urlopen("${url}").read())' 2>&1; true`;
}

async function output(sandbox: Sandbox, line: string): Promise<string> {
  return (await sandbox.run({ line, timeoutMs }, { signal: AbortSignal.timeout(timeoutMs) })).output;
}

function verdict(
  name: string,
  wrong: readonly string[],
  words: { readonly good: string; readonly bad: (wrong: readonly string[]) => string; readonly remedy: string },
): HealthCheck {
  if (wrong.length === 0) return { name, ok: true, detail: words.good };
  return { name, ok: false, detail: words.bad(wrong), remedy: words.remedy };
}
