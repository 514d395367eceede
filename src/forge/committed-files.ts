import type { CommittedFiles } from "../domain/committed-files.ts";
import type { Mirror } from "../domain/forge.ts";
import { type Git, gitOutput } from "./git.ts";
import { readCommitted } from "./read-committed.ts";

const timeoutMs = 60_000;

/** Lists the commit once, so that asking for what is not there costs nothing. */
export async function committedFiles(git: Git, mirror: Mirror, sha: string): Promise<CommittedFiles> {
  const signal = AbortSignal.timeout(timeoutMs);
  const list = await gitOutput(git, ["ls-tree", "-r", "-z", "--full-tree", sha], { gitDir: mirror.path, signal });
  const hashes = new Map(list.split("\0").flatMap(toEntry));
  return {
    hashes,
    read: async (path) => (hashes.has(path) ? await readCommitted(git, mirror, sha, path) : undefined),
  };
}

/** `<mode> <type> <hash>\t<path>`; with `-z` the path is as it is, whatever its characters. */
function toEntry(line: string): readonly (readonly [path: string, hash: string])[] {
  const tab = line.indexOf("\t");
  const hash = line.slice(0, tab).split(" ")[2];
  return tab === -1 || hash === undefined ? [] : [[line.slice(tab + 1), hash]];
}
