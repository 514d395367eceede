import { posix } from "node:path";
import { NightshiftError } from "../../domain/errors.ts";
import type { ShellResult } from "../../domain/sandbox.ts";
import { shellWord } from "../../domain/shell-word.ts";
import type { ToolContext } from "../../domain/tool.ts";

// `enter PATH` goes to the folder of PATH, symbolic links followed, and leaves its name there in $b, after $rest where folders are
// missing. What comes next acts on "./$b": a shell holds its folder, so that nobody can swap a link in above it meanwhile.
// A link whose end is missing could lead anywhere, and is refused. 3: outside of the workspace.
// Where it is then says the program `pwd`: bash reckons its own before it goes there, and keeps it when a link is swapped meanwhile.
const functions = `
cd -P -- "$ROOT" || exit 1
root=$PWD
enter() {
  p=$1
  while :; do
    b=. d=$p rest=
    if [ ! -d "$p" ]; then b=\${p##*/} d=\${p%/*}; fi
    while [ ! -d "\${d:-/}" ]; do
      if [ -L "$d" ] && [ ! -e "$d" ]; then return 3; fi
      rest=\${d##*/}/$rest d=\${d%/*}
    done
    cd -P -- "\${d:-/}" || return 3
    here=$(env pwd -P) || return 3
    case $here/ in "$root"/*) ;; *) return 3 ;; esac
    if [ -n "$rest" ] || [ ! -L "./$b" ]; then return 0; fi
    if [ ! -e "./$b" ]; then return 3; fi
    p=$(readlink -f -- "./$b" && printf x) && p=\${p%?x}
  done
}`;

export interface WorkspaceScript {
  /** For `sh`, with `enter` at hand. */
  readonly script: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly keepBytes?: number;
}

/** Runs a script on files of the workspace, as one command of a shell that is kept open for it. */
export async function inWorkspace(
  { script, variables = {}, ...bounds }: WorkspaceScript,
  { files, sandbox, signal }: ToolContext,
): Promise<ShellResult> {
  const given = Object.entries({ ...variables, ROOT: sandbox.workspace, SCRATCH: sandbox.scratch });
  const lines = [...given.map(([name, value]) => `${name}=${shellWord(value)}`), functions, script];
  // In a shell of its own: it may end where it likes.
  return await files.run({ line: `(\n${lines.join("\n")}\n)`, ...bounds }, { signal });
}

/** The absolute path that a model means. @throws NightshiftError `bad_input` for one that no system takes. */
export function absolutePath(path: string, { sandbox }: Pick<ToolContext, "sandbox">): string {
  if (path.includes("\0")) throw new NightshiftError("bad_input", "A path cannot hold a NUL character.");
  return posix.resolve(sandbox.workspace, path);
}

export function outside(path: string, { sandbox }: Pick<ToolContext, "sandbox">): NightshiftError {
  return new NightshiftError(
    "bad_input",
    `${path} is outside the workspace. Give a path below ${sandbox.workspace}, or use bash to look elsewhere.`,
  );
}
