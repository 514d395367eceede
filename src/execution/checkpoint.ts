import type { Sandbox } from "../domain/sandbox.ts";
import { git } from "./check-out.ts";
import { pathspecOf, stageAll, withoutWhatCannotLeave } from "./stage-all.ts";

// An index of its own, so that the agent's staging area stays as it left it.
const treeOf = `export GIT_INDEX_FILE="$SCRATCH/checkpoint-index"
git read-tree "$BASE" && ${stageAll} && git write-tree`;

/** The workspace as a patch on the base, and the tree by which an unchanged one is known. */
export interface Checkpoint {
  readonly tree: string;
  readonly patch: Buffer;
}

const maxBytes = 100_000_000;

/** What the workspace holds now, but for what a commit cannot hold; `undefined` when its tree is still `lastTree`. */
export async function takeCheckpoint(
  sandbox: Sandbox,
  baseSha: string,
  lastTree: string | undefined,
  signal: AbortSignal,
): Promise<Checkpoint | undefined> {
  const take = async (): Promise<Checkpoint | undefined> => {
    const env = { SCRATCH: sandbox.scratch, PATHSPEC: pathspecOf(sandbox), BASE: baseSha };
    const tree = (await git(sandbox, treeOf, env, signal)).output.trim().split("\n").at(-1) ?? "";
    if (tree === lastTree) return undefined;
    const file = `${sandbox.scratch}/checkpoint.patch`;
    const diff = `git diff --binary --no-color --no-ext-diff "$BASE" "$TREE" > "$FILE"`;
    await git(sandbox, diff, { ...env, TREE: tree, FILE: file }, signal);
    return { tree, patch: await sandbox.readFile(file, { maxBytes }) };
  };
  return await withoutWhatCannotLeave(sandbox, take, signal);
}

/** Brings a fresh checkout of the base to where a checkpoint was taken. */
export async function restoreCheckpoint(sandbox: Sandbox, patch: Buffer, signal: AbortSignal): Promise<void> {
  if (patch.length === 0) return;
  const file = `${sandbox.scratch}/restore.patch`;
  await sandbox.writeFile(file, patch);
  // What set-up wrote in this sandbox is in the patch, too, where it is not ignored.
  await git(sandbox, "git reset --quiet --hard && git clean --quiet --force -d", {}, signal);
  await git(sandbox, `git apply --binary --whitespace=nowarn "$FILE"`, { FILE: file }, signal);
}
