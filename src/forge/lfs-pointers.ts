import { type Git, gitOutput } from "./git.ts";

/** A file that stands for another one, https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. */
export interface LfsPointer {
  readonly path: string;
  /** The SHA-256 of the content, in hex. */
  readonly oid: string;
  readonly bytes: number;
}

const attribute = /^[^#\n]*\sfilter=lfs\b/m;
const line = "^(version https://git-lfs\\.github\\.com/spec/v1|oid sha256:[0-9a-f]{64}|size [0-9]{1,15})$";
const pointer = /^version .*\noid sha256:(.*)\nsize (.*)$/;

interface At {
  readonly gitDir: string;
  readonly sha: string;
  readonly signal: AbortSignal;
}

/** The pointers of a commit that has any by its `.gitattributes`, read in a bare repository. */
export async function lfsPointers(git: Git, at: At): Promise<readonly LfsPointer[]> {
  if (!(await usesLfs(git, at))) return [];
  const { gitDir, sha, signal } = at;
  const { stdout } = await git(["grep", "-z", "-a", "-E", "--full-name", "-e", line, sha, "--"], { gitDir, signal });
  const found = new Map<string, string[]>();
  for (const match of stdout.split("\n")) {
    const zero = match.indexOf("\0");
    if (zero === -1) continue;
    const path = match.slice(sha.length + 1, zero);
    found.set(path, [...(found.get(path) ?? []), match.slice(zero + 1)]);
  }
  return [...found].flatMap(([path, lines]) => {
    const [, oid, size] = pointer.exec(lines.join("\n")) ?? [];
    return oid === undefined ? [] : [{ path, oid, bytes: Number(size) }];
  });
}

async function usesLfs(git: Git, { gitDir, sha, signal }: At): Promise<boolean> {
  const list = await gitOutput(git, ["ls-tree", "-r", "-z", "--full-tree", "--name-only", sha], { gitDir, signal });
  const attributes = list.split("\0").filter((path) => path === ".gitattributes" || path.endsWith("/.gitattributes"));
  for (const path of attributes) {
    const { stdout } = await git(["cat-file", "blob", `${sha}:${path}`], { gitDir, signal });
    if (attribute.test(stdout)) return true;
  }
  return false;
}
