import type { CommittedFiles } from "../domain/committed-files.ts";
import type { Mirror } from "../domain/forge.ts";
import { type Git, gitOutput } from "./git.ts";
import { readCommitted } from "./read-committed.ts";
import { remembered } from "./remembered.ts";

const timeoutMs = 60_000;
/** A run asks for its base several times, from several places. */
const mostCommits = 4;

/** What commits hold; of the few that were asked for last it is remembered, since it never changes. */
export function committedFiles(git: Git): (mirror: Mirror, sha: string) => Promise<CommittedFiles> {
  const recent = new Map<string, () => Promise<CommittedFiles>>();
  return async (mirror, sha) => {
    const key = JSON.stringify([mirror.path, sha]);
    const files = recent.get(key) ?? remembered(() => listCommit(git, mirror, sha));
    // Put back at the end, so that the first one is the one asked for longest ago.
    recent.delete(key);
    recent.set(key, files);
    for (const oldest of [...recent.keys()].slice(0, -mostCommits)) recent.delete(oldest);
    return await files();
  };
}

/** Lists the commit once, so that asking for what is not there costs nothing. */
async function listCommit(git: Git, mirror: Mirror, sha: string): Promise<CommittedFiles> {
  const { signal } = new AbortController();
  const options = { gitDir: mirror.path, timeoutMs, signal };
  const list = await gitOutput(git, ["ls-tree", "-r", "-z", "--full-tree", sha], options);
  const hashes = new Map(list.split("\0").flatMap(toEntry));
  const texts = new Map<string, () => Promise<string | undefined>>();
  return {
    hashes,
    async read(path) {
      if (!hashes.has(path)) return undefined;
      const text = texts.get(path) ?? remembered(() => readCommitted(git, mirror, sha, path));
      texts.set(path, text);
      return await text();
    },
  };
}

/** `<mode> <type> <hash>\t<path>`; with `-z` the path is as it is, whatever its characters. */
function toEntry(line: string): readonly (readonly [path: string, hash: string])[] {
  const tab = line.indexOf("\t");
  const hash = line.slice(0, tab).split(" ")[2];
  return tab === -1 || hash === undefined ? [] : [[line.slice(tab + 1), hash]];
}
