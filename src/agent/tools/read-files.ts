import { posix } from "node:path";
import { NightshiftError } from "../../domain/errors.ts";
import { shellWord } from "../../domain/shell-word.ts";
import type { ToolContext } from "../../domain/tool.ts";
import { absolutePath, inWorkspace, outside } from "./in-workspace.ts";

/** What stands at a path of the workspace. */
export type Found =
  | { readonly kind: "file"; readonly content: Buffer }
  | { readonly kind: "large"; readonly bytes: number }
  | { readonly kind: "missing" };

/** Files over this many bytes are `large`: they are looked at in parts, and changed by commands. */
const maxFileBytes = 5_000_000;
const mostNamesakes = 5;

// Base64, since a shell's output is text.
const look = `
look() {
  enter "$1" || { echo "outside"; return; }
  if [ -n "$rest" ] || [ ! -e "./$b" ]; then echo "missing"
  elif [ -d "./$b" ]; then echo "folder"
  elif [ ! -f "./$b" ]; then echo "special"
  elif [ ! -r "./$b" ]; then echo "unreadable"
  else
    size=$(wc -c <"./$b")
    echo "file $size"
    if [ "$size" -le ${maxFileBytes} ]; then base64 <"./$b"; fi
  fi
}`;

/**
 * Reads files of the workspace, all in one command.
 * @throws NightshiftError `bad_input` for a path that leads out of it, a folder, and what else cannot be read.
 */
export async function readFiles(paths: readonly string[], context: ToolContext): Promise<readonly Found[]> {
  const looks = paths.map((path) => `look ${shellWord(absolutePath(path, context))}; echo .`);
  const { output, exitCode } = await inWorkspace(
    {
      script: [look, ...looks].join("\n"),
      timeoutMs: 60_000,
      keepBytes: Math.min(2 * paths.length * maxFileBytes, 30_000_000),
    },
    context,
  );
  const parts = output.split("\n.\n");
  if (exitCode !== 0 || parts.length !== paths.length + 1) {
    throw new NightshiftError("bad_input", `${paths.join(", ")} cannot be read: ${output.slice(0, 500)}`);
  }
  return paths.map((path, at) => foundIn(parts[at] ?? "", path, context));
}

/** One file, and no other thing. @throws NightshiftError `bad_input` when there is none, or it is too large. */
export async function readWhole(path: string, context: ToolContext): Promise<Buffer> {
  const [found = { kind: "missing" }] = await readFiles([path], context);
  switch (found.kind) {
    case "file":
      return found.content;
    case "missing":
      throw await missing(path, context);
    case "large":
      throw new NightshiftError(
        "bad_input",
        `${path} has ${found.bytes} bytes, which is too much to be edited here. Change it with bash, by sed or a script.`,
      );
    default:
      return found satisfies never;
  }
}

/** With the files of that name that there are elsewhere. */
export async function missing(path: string, context: ToolContext): Promise<NightshiftError> {
  const name = posix.basename(path).replaceAll(/[*?[\]\\]/g, "\\$&");
  const script = `cd -- "$ROOT" && find . \\( -name .git -o -name node_modules \\) -prune -o -type f -name "$NAME" -print 2>/dev/null | head -${mostNamesakes}`;
  const { output } = await inWorkspace({ script, variables: { NAME: name }, timeoutMs: 5_000 }, context);
  const there = output.split("\n").flatMap((line) => (line.startsWith("./") ? [line.slice(2)] : []));
  const hint =
    there.length === 0 ? "Look for its name with search or `ls`." : `Of that name there is ${there.join(", ")}.`;
  return new NightshiftError("bad_input", `There is no file ${path}. ${hint}`);
}

function foundIn(part: string, path: string, context: ToolContext): Found {
  const [kind = "", bytes] = part.split("\n", 1)[0]?.trim().split(/\s+/) ?? [];
  switch (kind) {
    case "file": {
      if (Number(bytes) > maxFileBytes) return { kind: "large", bytes: Number(bytes) };
      return { kind: "file", content: Buffer.from(part.slice(part.indexOf("\n")), "base64") };
    }
    case "missing":
      return { kind: "missing" };
    case "outside":
      throw outside(path, context);
    case "folder":
      throw new NightshiftError("bad_input", `${path} is a folder. List it with \`ls\` or search, and name a file.`);
    case "special":
      throw new NightshiftError("bad_input", `${path} is no plain file but a pipe, a socket or a device.`);
    default:
      throw new NightshiftError("bad_input", `${path} cannot be read: permission denied.`);
  }
}
