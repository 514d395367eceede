import { shellWord } from "../../domain/shell-word.ts";

// bash where there is one. The tags are set here and not for the whole start: what a provider wraps around must not carry them.
const launcher = `
exec 2>&1
cd -- "$1" 2>/dev/null || cd /
shift
if command -v bash >/dev/null; then exec env "$@" bash --norc --noprofile; fi
exec env "$@" sh`;

/**
 * The program and its arguments of a shell that takes its script from standard input, line by line. `tags`, NAME=VALUE each, are
 * in its environment and so in that of all that it starts, by which this is found again.
 */
export function shellArguments(workspace: string, tags: readonly string[]): readonly [string, ...string[]] {
  return ["sh", "-c", launcher, "sh", workspace, ...tags];
}

// Descriptor 8 is the way out, everything else goes nowhere: what `set -x` or a trap of DEBUG say of our own lines is seen by nobody.
// Again until it is written: a program may have left the pipe in a mode in which a write to a full one fails.
// The time is that of the system's start, as /proc/PID/stat counts it; where there is no /proc, it stays empty.
/** The first lines for such a shell. */
export const shellSetup = `
exec 8>&1 >/dev/null 2>&1
NIGHTSHIFT_STATUS=0
__nightshift_begin() {
  IFS=' ' command read -r NIGHTSHIFT_SINCE NIGHTSHIFT_IDLE </proc/uptime || NIGHTSHIFT_SINCE=
  until command printf '%s%s %s\\n' "$1" "$2" "$NIGHTSHIFT_SINCE" >&8; do :; done
  return "$NIGHTSHIFT_STATUS"
}
__nightshift_end() {
  NIGHTSHIFT_STATUS=$?
  until command printf '%s%s %s\\n' "$1" "$2" "$NIGHTSHIFT_STATUS" >&8; do :; done
}
`;

/** Words that stand around a command's output; unguessable, and new for each command. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/**
 * What makes the shell run `line` as if it had been typed: at its top level, so that everything it sets stays, but with its
 * descriptors lent, so that nothing it does to them stays. Each mark comes in two halves: wherever the shell shows this text
 * (`set -v`, /proc), no mark is in it. `command` keeps a syntax error from ending a plain sh.
 */
export function shellInput(line: string, { begin, end }: Marks): string {
  return `__nightshift_begin ${halves(begin)}; command eval ${shellWord(line)} </dev/null >&8 2>&8 8>&-; __nightshift_end ${halves(end)}\n`;
}

function halves(mark: string): string {
  const middle = Math.floor(mark.length / 2);
  return `${mark.slice(0, middle)} ${mark.slice(middle)}`;
}

/**
 * Whether bash may have damaged itself: after a `$(` without its end, bash 5.2 goes on with broken memory, and what it says or does
 * from then on is worth nothing.
 */
export function isDamaged(exitCode: number, output: string): boolean {
  return exitCode === 2 && /^bash: (eval: )?line \d+: unexpected EOF while looking for matching `\)'/m.test(output);
}
