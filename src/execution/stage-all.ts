import { NightshiftError } from "../domain/errors.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { git } from "./check-out.ts";

// What no commit of ours can hold: repositories inside the repository, and files that no forge would take.
const find = `{ find . -mindepth 2 -name .git -prune -print0; find . -path ./.git -prune -o -type f -size +50M -print0; } > "$LIST"`;

/**
 * Writes the file `Sandbox.scratch`/pathspec with all of the workspace but that; gives the names of what it leaves out.
 * For when `git add --all` fails or brings in more than can leave the sandbox.
 */
async function leaveOut(sandbox: Sandbox, signal: AbortSignal): Promise<readonly string[]> {
  const list = `${sandbox.scratch}/left-out`;
  await git(sandbox, find, { LIST: list }, signal);
  const found = (await sandbox.readFile(list)).toString("utf8").split("\0");
  const names = found.filter((path) => path !== "").map((path) => path.replace(/^\.\//, "").replace(/\/\.git$/, ""));
  const pathspec = [":/", ...names.map((name) => `:(top,exclude,literal)${name}`)];
  await sandbox.writeFile(pathspecOf(sandbox), Buffer.from(pathspec.map((line) => `${line}\0`).join("")));
  return names;
}

/** Tries again without what cannot leave when `act` fails over it; then the list of `leaveOut` is in force from then on. */
export async function withoutWhatCannotLeave<Result>(
  sandbox: Sandbox,
  act: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const isOver = error instanceof NightshiftError && ["sandbox_failed", "bad_input"].includes(error.code);
    if (!isOver || (await leaveOut(sandbox, signal)).length === 0) throw error;
    return await act();
  }
}

/** What was left out, for people; without what git ignores anyway. */
export async function leftOutOf(sandbox: Sandbox, signal: AbortSignal): Promise<readonly string[]> {
  const line = `[ ! -s "$PATHSPEC" ] || tr '\\0' '\\n' <"$PATHSPEC" | sed -n 's/^:(top,exclude,literal)//p' |
    while IFS= read -r path; do git check-ignore --quiet -- "$path" || printf '%s\\n' "$path"; done`;
  const { output } = await git(sandbox, line, { PATHSPEC: pathspecOf(sandbox) }, signal);
  return output.split("\n").filter((path) => path !== "");
}

/** `git add` of everything, or of everything but what was left out. */
export const stageAll = `git add --all $([ ! -s "$PATHSPEC" ] || echo --pathspec-from-file="$PATHSPEC" --pathspec-file-nul)`;

export function pathspecOf({ scratch }: Pick<Sandbox, "scratch">): string {
  return `${scratch}/pathspec`;
}
