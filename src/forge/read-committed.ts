import type { Mirror } from "../domain/forge.ts";
import type { Git } from "./git.ts";

/** A file of a commit in the mirror. Reading is local: it takes milliseconds, and no sandbox has a say in it. */
export async function readCommitted(
  git: Git,
  { path: gitDir }: Mirror,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(30_000);
  const { exitCode, stdout } = await git(["cat-file", "blob", `${sha}:${path}`], { gitDir, signal });
  return exitCode === 0 ? stdout : undefined;
}
