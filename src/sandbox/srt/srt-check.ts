import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { explain } from "../../domain/errors.ts";
import type { HealthCheck } from "../../domain/health.ts";
import type { SandboxProvider } from "../../domain/sandbox.ts";
import { shellWord } from "../../domain/shell-word.ts";

/**
 * Whether this bubblewrap itself refuses new user namespaces, in which a command could move its mounts aside (0.8.0, and not
 * setuid). The runtime's own filter then is not needed. It would forbid Unix sockets too, of which none leads out of our
 * sandboxes: there is no folder of the host in them that holds any.
 */
export async function holdsWithoutFilter(path: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    const { stdout } = await promisify(execFile)("bwrap", ["--help"], { env: { PATH: path }, timeout: 5_000 });
    const file = path
      .split(delimiter)
      .map((folder) => join(folder, "bwrap"))
      .find((candidate) => existsSync(candidate));
    const setuid = 0o4000;
    return stdout.includes("--disable-userns") && file !== undefined && (statSync(file).mode & setuid) === 0;
  } catch {
    return false;
  }
}

/** No doctor takes as long; what is older was left behind by one that was killed. */
const longestMs = 10 * 60_000;

type Provider = Pick<SandboxProvider, "create" | "sweep">;

const install =
  process.platform === "darwin"
    ? "Install what is missing: brew install ripgrep"
    : "Install what is missing: apt-get install bubblewrap socat ripgrep (dnf and pacman have the same names)";

const nameSpaces =
  "Bubblewrap must be allowed to make user namespaces: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` on Ubuntu, `kernel.unprivileged_userns_clone=1` on older Debians; in a container they are often forbidden, then run Nightshift outside of it.";

/** Whether the programs are there, and whether a sandbox really holds: one is made and tries to get out. */
export async function checkSrt(provider: Provider, path: string): Promise<readonly HealthCheck[]> {
  const needed = process.platform === "darwin" ? ["sandbox-exec", "rg"] : ["bwrap", "socat", "rg", "bash"];
  const missing = needed.filter((name) => !isOnPath(name, path));
  const name = "srt programs";
  if (process.platform !== "linux" && process.platform !== "darwin") {
    return [{ name, ok: false, detail: `srt does not work on ${process.platform}`, remedy: "Install Docker." }];
  }
  if (missing.length > 0) {
    return [{ name, ok: false, detail: `not found: ${missing.join(", ")}`, remedy: install }];
  }
  return [{ name, ok: true, detail: needed.join(", ") }, await probe(provider)];
}

async function probe(provider: Provider): Promise<HealthCheck> {
  const name = "srt sandbox";
  const outside = await mkdtemp(join(tmpdir(), "nightshift-outside-"));
  const server = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
  try {
    const limits = { memoryMb: 1024, cpus: 1, processes: 64, diskMb: 64, openFiles: 256 };
    const now = Date.now();
    await provider.sweep(async (_, startedAt) => now - startedAt < longestMs);
    const request = {
      runId: "check",
      lease: now,
      purpose: "verify",
      mirror: outside,
      network: "none",
      limits,
    } as const;
    const signal = AbortSignal.timeout(60_000);
    await using sandbox = await provider.create(request, { signal });
    const written = join(outside, "written");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const line = `echo inside >${shellWord(written)}; (: </dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo reached; echo works`;
    const { output } = await sandbox.run({ line, timeoutMs: 30_000 }, { signal });
    const holes = [
      ...(output.includes("reached") ? ["its network is open"] : []),
      ...(existsSync(written) ? ["it can write outside"] : []),
      ...(output.includes("works") ? [] : [`it runs nothing: ${output.trim()}`]),
    ];
    if (holes.length > 0) return { name, ok: false, detail: holes.join(", "), remedy: nameSpaces };
    return { name, ok: true, detail: `a command can neither write nor connect outside; ${inForce()}` };
  } catch (error) {
    return { name, ok: false, detail: explain(error), remedy: nameSpaces };
  } finally {
    server.close();
    await rm(outside, { recursive: true, force: true });
  }
}

/** Which limits hold here; what is not said is not limited. */
function inForce(): string {
  return process.platform === "linux" && process.getuid?.() === 0
    ? "limited where control groups can be made: processes, memory, CPU; everywhere: open files, disk"
    : "limited: processes, open files, disk; not memory and CPU";
}

function isOnPath(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
