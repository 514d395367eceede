import { posix } from "node:path";

// As the sandbox's own user and from inside: a link that the sandbox made leads nowhere that it could not go itself.

/** Prints a file; one byte more than `maxBytes` is enough to know that it is too large. */
export function readFileArguments(path: string, maxBytes: number): readonly [string, ...string[]] {
  const script = '[ -f "$1" ] || { echo "no such file" >&2; exit 1; }; head -c "$2" <"$1"';
  return ["sh", "-c", script, "sh", path, String(maxBytes + 1)];
}

/** Writes `length` bytes of standard input to a file. */
export function writeFileArguments(path: string, length: number): readonly [string, ...string[]] {
  const script = 'mkdir -p "$2" && head -c "$3" >"$1"';
  return ["sh", "-c", script, "sh", path, posix.dirname(path), String(length)];
}
