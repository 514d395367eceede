import { posix } from "node:path";
import { NightshiftError } from "../../domain/errors.ts";
import type { ToolContext } from "../../domain/tool.ts";

// The nearest thing that exists is resolved, since the file may not be there yet; the x keeps a trailing newline of a name.
const resolveInside = `
p=$WANTED
while [ ! -e "$p" ]; do [ -L "$p" ] && exit 3; p=\${p%/*}; [ -n "$p" ] || p=/; done
real=$(readlink -f -- "$p" && printf x); real=\${real%?x}
root=$(readlink -f -- "$ROOT")
case $real/ in "$root"/*) printf '%s%s' "$real" "\${WANTED#"$p"}" ;; *) exit 3 ;; esac`;

/**
 * The absolute path, inside the sandbox, of a path that a model gave; symbolic links are followed before it is judged.
 * @throws NightshiftError `bad_input` when it leads out of the workspace.
 */
export async function pathInWorkspace(path: string, { sandbox, signal }: ToolContext): Promise<string> {
  if (path.includes("\0")) throw new NightshiftError("bad_input", "A path cannot hold a NUL character.");
  const { output, exitCode } = await sandbox.run(
    {
      line: resolveInside,
      env: { WANTED: posix.resolve(sandbox.workspace, path), ROOT: sandbox.workspace },
      timeoutMs: 10_000,
    },
    { signal },
  );
  if (exitCode !== 0) {
    throw new NightshiftError(
      "bad_input",
      `${path} is outside the workspace. Give a path below ${sandbox.workspace}, or use bash to look elsewhere.`,
    );
  }
  return output;
}
