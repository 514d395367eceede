import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Change } from "../domain/forge.ts";
import { type Git, gitOutput } from "./git.ts";
import { receiveChange } from "./receive-change.ts";

/** Writes a change as a patch, byte by byte. `false` where the mirror that holds its base is not on this machine. */
export async function writeDiff(
  git: Git,
  change: Change,
  of: { readonly mirror: string; readonly dataDir: string; readonly file: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const { mirror: path, dataDir, file, signal } = of;
  if (!existsSync(path)) return false;
  const mirror = { path, defaultBranch: "", headSha: change.baseSha };
  await using received = await receiveChange(git, { change, mirror, dataDir, signal });
  const options = ["--binary", "--no-ext-diff", "--no-textconv", `--output=${resolve(file)}`];
  await gitOutput(git, ["diff", ...options, change.baseSha, change.headSha], { gitDir: received.gitDir, signal });
  return true;
}
