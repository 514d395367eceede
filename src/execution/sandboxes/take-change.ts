import type { Change } from "../../domain/forge.ts";
import type { Sandbox } from "../../domain/sandbox.ts";
import { git } from "./git-inside.ts";
import { pathspecOf, stageAll, withoutWhatCannotLeave } from "./stage-all.ts";

export interface Commit {
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

// One commit, whatever the agent did with git; no hook of the workspace gets a say in it.
const commitAll = `
rm -rf .git/rebase-merge .git/rebase-apply .git/MERGE_HEAD .git/CHERRY_PICK_HEAD .git/index.lock
git read-tree "$BASE" && ${stageAll} &&
{ ! git diff --cached --quiet "$BASE" -- || { echo none; exit 0; }; } &&
git symbolic-ref HEAD refs/heads/change && git reset --quiet --soft "$BASE" &&
git -c core.hooksPath=/dev/null -c commit.gpgsign=false commit --quiet --no-verify -F "$MESSAGE" &&
git bundle create --quiet "$BUNDLE" refs/heads/change "^$BASE" &&
git rev-parse refs/heads/change`;

/** The workspace, but for what a commit cannot hold, as one commit on top of `baseSha`, packed to leave the sandbox; `null` when nothing differs from the base. */
export async function takeChange(
  sandbox: Sandbox,
  baseSha: string,
  commit: Commit,
  signal: AbortSignal,
): Promise<Change | null> {
  const message = `${sandbox.scratch}/message`;
  const bundle = `${sandbox.scratch}/change.bundle`;
  await sandbox.writeFile(message, Buffer.from(commit.message));
  const { name, email } = commit.author;
  const env = {
    BASE: baseSha,
    MESSAGE: message,
    BUNDLE: bundle,
    PATHSPEC: pathspecOf(sandbox),
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
  const take = async (): Promise<Change | null> => {
    const { output } = await git(sandbox, commitAll, env, signal);
    // Warnings of git (line endings, say) may stand before it.
    const headSha = output.trim().split("\n").at(-1) ?? "";
    if (headSha === "none") return null;
    return { baseSha, headSha, bundle: await sandbox.readFile(bundle, { maxBytes: 100_000_000 }) };
  };
  return await withoutWhatCannotLeave(sandbox, take, signal);
}
