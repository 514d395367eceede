import { NightshiftError } from "../domain/errors.ts";
import type { CommandResult } from "../domain/sandbox.ts";

/** How a shell reports that its command got SIGKILL. */
const killed = 137;

/** Nobody but the limits (time, disk) and the kernel's memory limit sends SIGKILL, hence no exit code then. */
export function commandResult(end: {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly diskFull?: boolean;
  readonly output: string;
  readonly durationMs: number;
}): CommandResult {
  const { diskFull = false, ...rest } = end;
  const limited = end.timedOut || diskFull || end.exitCode === killed;
  return { ...rest, ...(diskFull && { diskFull }), exitCode: limited ? null : end.exitCode };
}

export function cancelled(what: string, signal: AbortSignal): NightshiftError {
  return new NightshiftError("cancelled", `${what} was cancelled.`, { cause: signal.reason });
}
