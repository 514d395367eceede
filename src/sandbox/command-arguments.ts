import { posix } from "node:path";
import { NightshiftError } from "../domain/errors.ts";
import type { Command } from "../domain/sandbox.ts";

/** One argument of a process may have 128 KiB on Linux, with the zero at its end. */
const longestLine = 128 * 1024 - 1;

// One pipe for both outputs, made inside: two pipes would arrive in an order of their own.
const script =
  'exec 2>&1; cd "$2" || exit 1; if command -v bash >/dev/null; then exec bash -c "$1"; fi; exec sh -c "$1"';

/**
 * The program and its arguments that run `command` in its folder, with standard error joined to standard output.
 * @throws NightshiftError `bad_input` for a line that no system would take.
 */
export function commandArguments(command: Command, workspace: string): readonly [string, ...string[]] {
  if (Buffer.byteLength(command.line) > longestLine) {
    throw new NightshiftError(
      "bad_input",
      `A command line may have ${longestLine} bytes. Write what is longer to a file and run that.`,
    );
  }
  const cwd = posix.resolve(workspace, command.cwd ?? ".");
  if (`${command.line}${cwd}`.includes("\0")) {
    throw new NightshiftError("bad_input", "A command cannot contain a zero byte. Write it to a file and use that.");
  }
  return ["sh", "-c", script, "sh", command.line, cwd];
}
