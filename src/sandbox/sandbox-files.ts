import { posix } from "node:path";
import { NightshiftError } from "../domain/errors.ts";

export const defaultMaxBytes = 10_000_000;

/** What git inside needs to know: a mirror that belongs to another user is fine, and who commits. */
export const gitConfig = `[user]
	name = Nightshift
	email = nightshift@localhost
[safe]
	directory = *
[init]
	defaultBranch = main
[advice]
	detachedHead = false
[gc]
	auto = 0
`;

/** The whole environment of a command, but for `PATH`: nothing of the host's comes in. */
export function sandboxEnvironment(folders: {
  readonly home: string;
  readonly tmp: string;
}): Readonly<Record<string, string>> {
  return {
    HOME: folders.home,
    TMPDIR: folders.tmp,
    LANG: "C.UTF-8",
    CI: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** @throws NightshiftError `bad_input` unless `path` is one that a file can have. */
export function requireAbsolute(path: string): void {
  if (!posix.isAbsolute(path) || path.includes("\0")) {
    throw new NightshiftError("bad_input", `${JSON.stringify(path)} is not an absolute path in the sandbox.`);
  }
}

export function tooLarge(path: string, maxBytes: number): NightshiftError {
  return new NightshiftError("bad_input", `${path} is over ${maxBytes} bytes. Read a part of it with a command.`);
}
