import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { promisify } from "node:util";
import { ending } from "../ending.ts";
import { killShellArguments } from "../shell/kill-shell.ts";
import type { ShellProcess } from "../shell/shell-process.ts";
import { killGroup } from "./process-tree.ts";

/** How long output may follow after the end, where a process left behind holds it open. */
const trailingMs = 250;

/** Starts a program of this machine, in a session of its own. */
export async function startShellProcess(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<ShellProcess & { readonly pid: number }> {
  const child = spawn(program, args, { cwd: "/", env, detached: true, stdio: ["pipe", "pipe", "ignore"] });
  await once(child, "spawn");
  const closed = once(child, "close");
  const ended = once(child, "exit").then(async () => {
    await ending(closed, trailingMs);
    // As a shell would report it, and as a container's engine does.
    return child.signalCode === null ? child.exitCode : 128 + constants.signals[child.signalCode];
  });
  return { stdin: child.stdin, output: child.stdout, ended, pid: child.pid ?? 0 };
}

/** Kills a kept shell of this machine, see `killShellArguments`; where there is no /proc, these groups as a whole. */
export async function killShell(tag: string, since: string, groups: Iterable<number>): Promise<void> {
  if (process.platform !== "linux") {
    for (const group of groups) killGroup(group);
    return;
  }
  const [program, ...args] = killShellArguments(tag, since);
  await promisify(execFile)(program, args);
}
