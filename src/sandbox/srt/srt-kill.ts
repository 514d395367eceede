import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { groupsBelow } from "../process/process-tree.ts";

/**
 * Everything that belongs to a command, in ids as `kill` takes them. On Linux: every session in which a process carries the
 * mark in its environment, since `timeout` makes a group of its own, a detached child even a session. Elsewhere, where no
 * process can read another's environment: the groups below `root`. Reads files only, for want of room to start a program.
 */
export async function pidsToKill(mark: string, root: number | undefined): Promise<readonly number[]> {
  if (process.platform !== "linux") return root === undefined ? [] : (await groupsBelow(root)).map((group) => -group);
  const entries = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const sessions = new Map(entries.map((entry) => [entry, sessionOf(entry)]));
  const own = sessionOf("self");
  const doomed = new Set(entries.filter((entry) => carries(entry, mark)).map((entry) => sessions.get(entry)));
  return entries
    .filter((entry) => {
      const session = sessions.get(entry);
      return session !== undefined && session !== own && doomed.has(session);
    })
    .flatMap((entry) => pidOf(entry) ?? []);
}

/** On Linux, the processes of this sandbox that are not among `known`, whatever they have made of themselves. */
export function newcomers(known: ReadonlySet<number>): readonly number[] {
  if (process.platform !== "linux") return [];
  const isOwnProc = readlinkSync("/proc/self") === String(process.pid);
  const own = namespaceOf("self");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && sessionOf(name) !== undefined)
    .filter((entry) => isOwnProc || namespaceOf(entry) === own)
    .flatMap((entry) => pidOf(entry) ?? [])
    .filter((pid) => !known.has(pid));
}

function namespaceOf(entry: string): string | undefined {
  try {
    return readlinkSync(`/proc/${entry}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; a name in it may hold anything, even `)`. */
function sessionOf(entry: string): string | undefined {
  const [state, , , session] = contentOf(entry, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  return state === "Z" ? undefined : session;
}

function carries(entry: string, mark: string): boolean {
  return contentOf(entry, "environ").split("\0").includes(mark);
}

// Where a fresh /proc cannot be mounted, that of the namespace around ours is seen: the last number is the one that we know it by.
function pidOf(entry: string): number | undefined {
  const last = /^NSpid:.*\s(\d+)$/m.exec(contentOf(entry, "status"))?.[1];
  return last === undefined ? undefined : Number(last);
}

function contentOf(entry: string, file: string): string {
  try {
    return readFileSync(`/proc/${entry}/${file}`, "latin1");
  } catch {
    // The process ended meanwhile, or is none of ours.
    return "";
  }
}
