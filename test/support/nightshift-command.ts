import { type ChildProcess, execFile } from "node:child_process";
import { join } from "node:path";

const main = join(import.meta.dirname, "../../src/main.ts");

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command as people call it, in a folder and with nothing in its environment but what is given. */
export function startNightshift(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Started {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const options = { env: { PATH: process.env["PATH"], ...env }, cwd };
  const child = execFile(process.execPath, [main, ...args], options, (_, stdout, stderr) =>
    resolve({ code: child.exitCode ?? -1, stdout, stderr }),
  );
  return { child, ended: promise };
}
