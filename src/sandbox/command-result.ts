import { NightshiftError } from "../domain/errors.ts";
import type { CommandResult } from "../domain/sandbox.ts";

/** How a shell reports that its command got SIGKILL. */
const killed = 137;

/** Nobody but the time-out and the kernel's memory limit sends SIGKILL, hence no exit code then. */
export function commandResult(end: {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly output: string;
  readonly durationMs: number;
}): CommandResult {
  return { ...end, exitCode: end.timedOut || end.exitCode === killed ? null : end.exitCode };
}

export function cancelled(what: string, signal: AbortSignal): NightshiftError {
  return new NightshiftError("cancelled", `${what} was cancelled.`, { cause: signal.reason });
}
