import { type Git, gitOutput } from "./git.ts";

const timeoutMs = 60_000;

/** A submodule as a commit has written it down. */
export interface WrittenSubmodule {
  readonly name: string;
  readonly path: string;
  readonly url: string;
  readonly sha: string;
}

export interface ReadSubmodules {
  readonly found: readonly WrittenSubmodule[];
  /** Paths of those that have no usable entry in `.gitmodules`. */
  readonly refused: readonly string[];
}

/**
 * The submodules of a commit in a bare repository: where its tree has one and `.gitmodules` tells its address. The tree has the
 * say over paths, since it cannot hold what leads through a link or out of the checkout.
 */
export async function readSubmodules(
  git: Git,
  at: { readonly gitDir: string; readonly sha: string; readonly signal: AbortSignal },
): Promise<ReadSubmodules> {
  const { gitDir, sha, signal } = at;
  const tree = await gitOutput(git, ["ls-tree", "-r", "-z", "--full-tree", sha], { gitDir, timeoutMs, signal });
  const links = tree.split("\0").flatMap((entry) => {
    const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
    return commit === undefined || path === undefined ? [] : [{ commit, path }];
  });
  if (links.length === 0) return { found: [], refused: [] };

  const written = await writtenDown(git, at);
  const found: WrittenSubmodule[] = [];
  const refused: string[] = [];
  for (const { commit, path } of links) {
    const entry = written.find((each) => each.path === path);
    if (entry?.url !== undefined && isHarmless(path) && isHarmless(entry.name)) {
      found.push({ name: entry.name, path, url: entry.url, sha: commit });
    } else refused.push(path);
  }
  return { found, refused };
}

/** Git reads its own format. It has a say only about what it finds there, and follows no `include`. */
async function writtenDown(
  git: Git,
  { gitDir, sha, signal }: { readonly gitDir: string; readonly sha: string; readonly signal: AbortSignal },
): Promise<readonly { readonly name: string; readonly path?: string; readonly url?: string }[]> {
  const args = ["config", `--blob=${sha}:.gitmodules`, "-z", "--get-regexp", "^submodule\\..*\\.(path|url)$"];
  const { exitCode, stdout } = await git(args, { gitDir, timeoutMs, signal });
  if (exitCode !== 0) return [];
  const entries = new Map<string, { path?: string; url?: string }>();
  for (const entry of stdout.split("\0")) {
    const [, name, key, value] = /^submodule\.(.+)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || value === undefined) continue;
    entries.set(name, { ...entries.get(name), ...(key === "path" ? { path: value } : { url: value }) });
  }
  return [...entries].map(([name, entry]) => ({ name, ...entry }));
}

/** Fit for a line of a list, a folder and an argument: https://nvd.nist.gov/vuln/detail/CVE-2018-11235 came by a name. */
function isHarmless(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/^-|[\u0000-\u001f\u007f\\:]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/^\.?git$/i.test(part));
}
