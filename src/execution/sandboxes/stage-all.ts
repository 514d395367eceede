import { NightshiftError } from "../../domain/errors.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "./git-inside.ts";

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

/** What a change that was just taken does not hold of the workspace, for people; without what git ignores anyway. */
export async function leftOutOf(sandbox: Sandbox, signal: AbortSignal): Promise<readonly string[]> {
  // A submodule in which something was only built counts as it was.
  const line = `git diff --name-only -z --ignore-submodules=untracked && git ls-files -z --others --exclude-standard --directory`;
  const { output } = await git(sandbox, line, {}, signal);
  return [...new Set(output.split("\0").map((path) => path.replace(/\/$/, "")))].filter((path) => path !== "");
}

// What a push of ours cannot carry is as it was in `$BASE`: commits of other repositories, and contents of Git LFS.
const putBackRepositories = `git diff --cached --raw --no-renames --no-abbrev --ignore-submodules=none "$BASE" -- |
  sed -nE 's/^:([0-7]{6}) 160000 ([0-9a-f]+) [0-9a-f]+ [A-Z][[:blank:]](.*)$/\\1 \\2\t\\3/p' | git update-index --index-info`;
const putBackLfs = `lfs=$(git diff --cached --name-only --no-renames --diff-filter=d "$BASE" -- | git check-attr --stdin filter | sed -n 's/: filter: lfs$//p') &&
{ [ -z "$lfs" ] || printf '%s\\n' "$lfs" | GIT_LITERAL_PATHSPECS=1 git reset --quiet "$BASE" --pathspec-from-file=-; }`;

/** `git add` of everything, or of everything but what was left out, on top of `$BASE`. */
export const stageAll = `git add --all $([ ! -s "$PATHSPEC" ] || echo --pathspec-from-file="$PATHSPEC" --pathspec-file-nul) &&
${putBackRepositories} && ${putBackLfs}`;

export function pathspecOf({ scratch }: Pick<Sandbox, "scratch">): string {
  return `${scratch}/pathspec`;
}
