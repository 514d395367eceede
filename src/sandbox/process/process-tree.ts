import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Kills a process group; one that is gone already is fine. */
export function killGroup(group: number): void {
  signal(-group, "SIGKILL");
}

/** Kills one process in the same way. */
export function killProcess(pid: number): void {
  signal(pid, "SIGKILL");
}

/** Whether a process of the group still lives. */
export function groupLives(group: number): boolean {
  return signal(-group, 0);
}

/** @param id of a group where it is negative, as for `kill`. */
function signal(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(id, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    // macOS says EPERM of a group in which only zombies are left.
    if (error instanceof Error && "code" in error && error.code === "EPERM") return false;
    throw error;
  }
}

/** The groups of a process and of all that descends from it: `timeout` makes one of its own, as does a detached child. */
export async function groupsBelow(root: number): Promise<readonly number[]> {
  const processes = await listProcesses();
  const groups = new Set([root]);
  const below = new Set([root]);
  // A child may be listed before its parent, hence again until nothing is added.
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const { pid, parent, group } of processes) {
      if (!below.has(parent)) continue;
      below.add(pid);
      groups.add(group);
    }
  }
  return [...groups];
}

async function listProcesses(): Promise<{ pid: number; parent: number; group: number }[]> {
  // Where there is no `ps`, the first group has to do.
  const listing = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,pgid="]).catch(() => ({ stdout: "" }));
  return listing.stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent, group]) =>
      pid === undefined || parent === undefined || group === undefined ? [] : [{ pid, parent, group }],
    );
}
