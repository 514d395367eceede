import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { NightshiftError } from "../domain/errors.ts";
import { withoutControls } from "../domain/without-controls.ts";
import { type GitConfig, gitEnvironment } from "./git-environment.ts";

export interface GitOptions {
  /** The bare repository to work in. */
  readonly gitDir?: string;
  /** Another index than the repository's own. */
  readonly indexFile?: string;
  /** Settings for this call, passed by the environment: a command line can be read by every user of the host. */
  readonly config?: GitConfig;
  /** Transports that this call may use; none by default. */
  readonly protocols?: readonly string[];
  /** The most memory that git may ask for at once, as `128m`. Default: any. */
  readonly allocation?: string;
  /** What it reads; default: nothing. */
  readonly input?: string;
  /** Takes what it prints, piece by piece, in place of the result's `stdout`. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Words that must never be seen in what is returned. */
  readonly secrets?: readonly string[];
  /** For a command that a repository's content alone could keep busy. Default: none. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** The end of it, without secrets and control characters. */
  readonly stderr: string;
}

/**
 * Runs one git command. A failing command is a result; a missing git and the signal throw.
 * @throws NightshiftError `bad_input` for an answer of over 64 MB or one that takes longer than `timeoutMs`.
 */
export type Git = (args: readonly string[], options: GitOptions) => Promise<GitResult>;

/** Ends a command that ignores the polite request. */
const killAfterMs = 5_000;
const stderrCharacters = 4_000;
/** A few kilobytes of trees can list as files without end. The lists of the largest repositories that we know take less. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Git as a child process with an argument array and an environment of ours, never the operator's settings or helpers.
 * @param environment where PATH, the proxy and the certificates of the operator come from.
 */
export function createGit(environment: NodeJS.ProcessEnv): Git {
  return async (args, options) => {
    const { gitDir, signal, input, secrets = [] } = options;
    if (signal.aborted) throw cancelled(args);

    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const child = spawn("git", [...(gitDir === undefined ? [] : [`--git-dir=${gitDir}`]), ...args], {
      cwd: tmpdir(),
      env: gitEnvironment(environment, options),
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own, so that the transports and packers that git starts end with it.
      detached: true,
    });
    const stdout: Buffer[] = [];
    let bytes = 0;
    let tooMuch: string | undefined;
    const giveUp = (why: string) => {
      tooMuch = why;
      stdout.length = 0;
      killGroup(child.pid, "SIGKILL");
    };
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (options.onOutput !== undefined) return options.onOutput(chunk);
      bytes += chunk.length;
      if (bytes <= mostBytes) stdout.push(chunk);
      else if (tooMuch === undefined) giveUp(`gives more than ${mostBytes / 1024 ** 2} MB`);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr = (stderr + chunk).slice(-2 * stderrCharacters);
    });
    // Who ends before it has read all says by its exit code why.
    child.stdin.on("error", () => undefined).end(input);
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));

    let forced: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child.pid, "SIGTERM");
      forced = setTimeout(() => killGroup(child.pid, "SIGKILL"), killAfterMs);
    };
    signal.addEventListener("abort", stop, { once: true });
    const { timeoutMs } = options;
    const timer = timeoutMs && setTimeout(() => giveUp(`takes more than ${timeoutMs / 1000} s`), timeoutMs);
    try {
      const exitCode = await promise;
      if (signal.aborted) throw cancelled(args);
      if (tooMuch !== undefined) throw refused(args, tooMuch);
      return { exitCode, stdout: Buffer.concat(stdout).toString("utf8"), stderr: presentable(stderr, secrets) };
    } catch (error) {
      if (error instanceof NightshiftError) throw error;
      throw new NightshiftError(
        "git_failed",
        "Cannot run git. Install git 2.32 or newer and make sure that it is on the PATH.",
        { cause: error },
      );
    } finally {
      signal.removeEventListener("abort", stop);
      clearTimeout(forced);
      clearTimeout(timer);
    }
  };
}

/** The standard output of a local command that is expected to succeed. */
export async function gitOutput(git: Git, args: readonly string[], options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(args, options);
  if (exitCode === 0) return stdout.trimEnd();
  throw new NightshiftError("git_failed", `git ${args[0]} failed with exit code ${exitCode}: ${lastLines(stderr)}`);
}

/** What git said last, on one line. */
export function lastLines(stderr: string): string {
  const said = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-4)
    .join("; ");
  return said === "" ? "git said nothing" : said.slice(-600);
}

function cancelled(args: readonly string[]): NightshiftError {
  return new NightshiftError("cancelled", `git ${args[0]} was cancelled.`);
}

function refused(args: readonly string[], why: string): NightshiftError {
  return new NightshiftError(
    "bad_input",
    `git ${args[0]} ${why}: the repository holds more than Nightshift works with. Look for folders that hold one another over and over.`,
  );
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Already gone: what we wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function presentable(stderr: string, secrets: readonly string[]): string {
  const redacted = secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), stderr);
  // A remote's words must not steer a terminal.
  return withoutControls(redacted).slice(-stderrCharacters);
}
