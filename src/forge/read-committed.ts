import { NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import type { Git } from "./git.ts";

/** More than any file that people write for us to read, and than most lock files. */
const maxBytes = 20_000_000;

/**
 * A file of a commit in the mirror. Reading is local: it takes milliseconds, and no sandbox has a say in it.
 * @throws NightshiftError `bad_input` for one of over 20 MB.
 */
export async function readCommitted(
  git: Git,
  { path: gitDir }: Mirror,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const options = { gitDir, signal: AbortSignal.timeout(30_000) };
  const object = `${sha}:${path}`;
  const size = await git(["cat-file", "-s", object], options);
  if (size.exitCode !== 0) return undefined;
  if (Number(size.stdout) > maxBytes) {
    throw new NightshiftError("bad_input", `${path} has ${size.stdout.trim()} bytes: too many to be read.`);
  }
  const { exitCode, stdout } = await git(["cat-file", "blob", object], options);
  return exitCode === 0 ? stdout : undefined;
}
