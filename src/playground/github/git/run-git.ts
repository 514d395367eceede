import { spawn } from "node:child_process";
import { NightshiftError } from "../../../domain/errors.ts";

/** Nothing of the caller's settings, hooks or credentials reaches these git processes. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    LC_ALL: "C.UTF-8",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs git in a bare repository and tells how it ended. */
export function tryGit(path: string, args: readonly string[], input = ""): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["--git-dir", path, ...args], { env: gitEnvironment() });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (cause) =>
      reject(
        new NightshiftError("git_failed", "git cannot be started. Install it and make sure that it is on the PATH.", {
          cause,
        }),
      ),
    );
    child.on("close", (exitCode) =>
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
    // git may end before it has read everything; its exit code tells what matters.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** What git prints. @throws NightshiftError `git_failed` with what git said. */
export async function runGit(path: string, args: readonly string[], input = ""): Promise<string> {
  const result = await tryGit(path, args, input);
  if (result.exitCode === 0) return result.stdout.toString();
  throw new NightshiftError("git_failed", `git ${args[0]} failed in ${path}: ${result.stderr.trim()}`);
}
