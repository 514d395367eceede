import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";

/** Thrown away with the lock; `holder` is the process that has it already. */
export type FolderLock =
  | ({ readonly held: true } & AsyncDisposable)
  | { readonly held: false; readonly holder: number };

/**
 * Takes the lock `file` for this process. A lock that is left by a process that has ended is taken over,
 * also when another program has got its process id since.
 */
export async function lockFolder(file: string): Promise<FolderLock> {
  for (;;) {
    try {
      await writeFile(file, `${process.pid} ${birthOf(process.pid) ?? ""}`, { flag: "wx", mode: 0o600 });
      return { held: true, [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const [pid = "", ...birth] = (await readFile(file, "utf8").catch(() => "")).split(" ");
    const holder = Number.parseInt(pid, 10);
    if (birthOf(holder) === birth.join(" ")) return { held: false, holder };
    await rm(file, { force: true });
  }
}

/** When the process was started, in words that only this process has; `undefined` when there is none. */
function birthOf(pid: number): string | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    if (!existsSync("/proc/self/stat"))
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    // Field 22, counted after the command's name, which may hold anything, in parentheses: see proc(5).
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return undefined; // No such process.
  }
}
