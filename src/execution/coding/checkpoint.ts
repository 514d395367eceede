import { explain, NightshiftError } from "../../domain/errors.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "../sandboxes/git-inside.ts";
import { pathspecOf, stageAll, withoutWhatCannotLeave } from "../sandboxes/stage-all.ts";
import type { WorkflowContext } from "../workflow.ts";

// An index of its own, so that the agent's staging area stays as it left it. It is kept from one checkpoint to the next: what it
// knows of a file's times spares reading the whole repository again.
const treeOf = `export GIT_INDEX_FILE="$SCRATCH/checkpoint-index"
{ git read-tree -m "$BASE" 2>&- || { rm -f "$GIT_INDEX_FILE" && git read-tree "$BASE"; }; } && ${stageAll} && git write-tree`;

/** The workspace as a patch on the base, and the tree by which an unchanged one is known. */
export interface Checkpoint {
  readonly tree: string;
  readonly patch: Buffer;
}

const maxBytes = 100_000_000;

/** Takes one checkpoint after the other, each where the workspace differs from the one before. One that cannot be taken is told and no more. */
export function checkpoints(
  { tell, signal }: Pick<WorkflowContext, "tell" | "signal">,
  sandbox: Sandbox,
  baseSha: string,
): () => Promise<Checkpoint | undefined> {
  let tree: string | undefined;
  return async () => {
    try {
      const taken = await takeCheckpoint(sandbox, baseSha, tree, signal);
      tree = taken?.tree ?? tree;
      return taken;
    } catch (error) {
      // What the agent has made of its workspace is its affair; the checkpoint before stays.
      if (!(error instanceof NightshiftError && ["sandbox_failed", "bad_input"].includes(error.code))) throw error;
      await tell({ type: "warned", message: `No checkpoint could be taken: ${explain(error)}` });
      return undefined;
    }
  };
}

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

/** Brings a sandbox at the base to where a checkpoint was taken; what its set-up made of the repository's files is in the checkpoint. */
export async function restoreCheckpoint(sandbox: Sandbox, patch: Buffer, signal: AbortSignal): Promise<void> {
  if (patch.length === 0) return;
  const file = `${sandbox.scratch}/restore.patch`;
  await sandbox.writeFile(file, patch);
  await git(
    sandbox,
    `git reset --quiet --hard && git clean --quiet -d --force && git apply --binary --whitespace=nowarn "$FILE"`,
    { FILE: file },
    signal,
  );
}
