import type { Change } from "../domain/forge.ts";
import type { Sandbox } from "../domain/sandbox.ts";
import { git } from "./check-out.ts";

export interface Commit {
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

// One commit, whatever the agent did with git; no hook of the workspace gets a say in it.
const commitAll = `
rm -rf .git/rebase-merge .git/rebase-apply .git/MERGE_HEAD .git/CHERRY_PICK_HEAD .git/index.lock
git add --all &&
{ ! git diff --cached --quiet "$BASE" -- || { echo none; exit 0; }; } &&
git symbolic-ref HEAD refs/heads/change && git reset --quiet --soft "$BASE" &&
git -c core.hooksPath=/dev/null -c commit.gpgsign=false commit --quiet --no-verify -F "$MESSAGE" &&
git bundle create --quiet "$BUNDLE" refs/heads/change "^$BASE" &&
git rev-parse refs/heads/change`;

/** The workspace as one commit on top of `baseSha`, packed to leave the sandbox; `null` when nothing differs from the base. */
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
  const { output } = await git(
    sandbox,
    commitAll,
    {
      BASE: baseSha,
      MESSAGE: message,
      BUNDLE: bundle,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    },
    signal,
  );
  // Warnings of git (line endings, say) may stand before it.
  const headSha = output.trim().split("\n").at(-1) ?? "";
  if (headSha === "none") return null;
  return { baseSha, headSha, bundle: await sandbox.readFile(bundle, { maxBytes: 100_000_000 }) };
}
