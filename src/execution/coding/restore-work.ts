import type { Sandbox } from "../../domain/sandbox.ts";
import { readArtifact } from "../../store/artifacts.ts";
import { git } from "../sandboxes/git-inside.ts";
import type { WorkflowContext } from "../workflow.ts";
import { restoreCheckpoint } from "./checkpoint.ts";

// Into the workspace and not as a commit: what differs from the base is the change, in every round.
const restoreChange = `git fetch --quiet "$BUNDLE" refs/heads/change && git reset --quiet --hard && git clean --quiet -d --force &&
git read-tree -m -u HEAD FETCH_HEAD && git reset --quiet`;

/** Brings a sandbox at the base to where the work stood: at the round's own newest checkpoint, else at the end of the round before. */
export async function restoreWork(
  { factory: { db }, signal }: Pick<WorkflowContext, "factory" | "signal">,
  sandbox: Sandbox,
  checkpoint: string | undefined,
  bundle: string | undefined,
): Promise<void> {
  if (checkpoint !== undefined) return await restoreCheckpoint(sandbox, await readArtifact(db, checkpoint), signal);
  if (bundle === undefined) return;
  const file = `${sandbox.scratch}/before.bundle`;
  await sandbox.writeFile(file, await readArtifact(db, bundle));
  await git(sandbox, restoreChange, { BUNDLE: file }, signal);
}
