import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { SandboxLimits } from "../../domain/sandbox.ts";
import { shellWord } from "../../domain/shell-word.ts";
import { insideThreads } from "./srt-words.ts";

const mount = "/sys/fs/cgroup";

/** A control group, or one per controller in the first version of them. */
export interface ControlGroup {
  /** Shell lines after which a shell and all that it starts is in the group. */
  readonly join: readonly string[];
}

/**
 * Limits for all processes of a sandbox together, where the system lets us have a control group: as root, for whom the
 * per-user count of processes does not hold. `undefined` where it does not.
 */
export async function makeControlGroup(name: string, limits: SandboxLimits): Promise<ControlGroup | undefined> {
  const folders = await groupFolders(name);
  try {
    for (const { folder, files } of folders.map(({ folder, version }) => ({
      folder,
      files: filesOf(version, limits),
    }))) {
      await mkdir(folder);
      for (const [file, value] of files) {
        // Each controller has its own files; with the first version a folder belongs to one of them.
        if (readdirSync(folder).includes(file)) await writeFile(join(folder, file), value);
      }
    }
  } catch {
    await removeControlGroup(name);
    return undefined;
  }
  if (folders.length === 0) return undefined;
  return { join: folders.map(({ folder }) => `echo $$ >${shellWord(join(folder, "cgroup.procs"))} || exit 1`) };
}

/** Kills what is still in the group and removes it; one that is not there is fine. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const { folder } of await groupFolders(name)) {
    // A process that was killed stays in it until it is collected.
    for (let attempt = 0; attempt < 100 && !(await isGone(folder)); attempt += 1) await pause(10);
  }
}

async function isGone(folder: string): Promise<boolean> {
  try {
    const members = await readFile(join(folder, "cgroup.procs"), "utf8");
    for (const pid of members.split("\n").filter((line) => line !== "")) process.kill(Number(pid), "SIGKILL");
    await rmdir(folder);
    return true;
  } catch {
    // Busy still, or a member ended before we could kill it: once more.
    return !existsSync(folder);
  }
}

async function groupFolders(name: string): Promise<readonly { folder: string; version: 1 | 2 }[]> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return [];
  const enabled = (await readFile(join(mount, "cgroup.subtree_control"), "utf8").catch(() => "")).split(/\s/);
  if (enabled.includes("pids") && enabled.includes("memory")) return [{ folder: join(mount, name), version: 2 }];
  const there = readdirSync(mount, { withFileTypes: true }).map((entry) => entry.name);
  return ["pids", "memory", "cpu"]
    .filter((controller) => there.includes(controller))
    .map((controller) => ({ folder: join(mount, controller, name), version: 1 }));
}

function filesOf(version: 1 | 2, limits: SandboxLimits): readonly (readonly [string, string])[] {
  const memory = String(limits.memoryMb * 1024 * 1024);
  const quota = String(Math.round(limits.cpus * 100_000));
  const processes = ["pids.max", String(limits.processes + insideThreads)] as const;
  // https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html
  return version === 2
    ? [processes, ["memory.max", memory], ["memory.swap.max", "0"], ["cpu.max", `${quota} 100000`]]
    : [
        processes,
        ["memory.limit_in_bytes", memory],
        ["memory.memsw.limit_in_bytes", memory],
        ["cpu.cfs_quota_us", quota],
      ];
}
