import type { Git } from "./git.ts";

/** A file that stands for another one, https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. */
export interface LfsPointer {
  readonly path: string;
  /** The SHA-256 of the content, in hex. */
  readonly oid: string;
  readonly bytes: number;
}

const timeoutMs = 60_000;
const attribute = "^[^#]*[[:space:]]filter=lfs([^[:alnum:]_]|$)";
const line = "^(version https://git-lfs\\.github\\.com/spec/v1|oid sha256:[0-9a-f]{64}|size [0-9]{1,15})$";
const pointer = /^version .*\noid sha256:(.*)\nsize (.*)$/;
/** A pointer has three, and a file that has one more is none. */
const mostLines = 4;

interface At {
  readonly gitDir: string;
  readonly sha: string;
  readonly signal: AbortSignal;
}

/** The pointers of a commit that has any by its `.gitattributes`, read in a bare repository. */
export async function lfsPointers(git: Git, at: At): Promise<readonly LfsPointer[]> {
  if (!(await usesLfs(git, at))) return [];
  const { sha } = at;
  const stdout = await grep(git, at, ["-z", "--full-name", "-e", line, sha, "--"]);
  const found = new Map<string, string[]>();
  for (const match of stdout.split("\n")) {
    const zero = match.indexOf("\0");
    if (zero === -1) continue;
    const path = match.slice(sha.length + 1, zero);
    const lines = found.get(path) ?? [];
    if (lines.length < mostLines) lines.push(match.slice(zero + 1));
    found.set(path, lines);
  }
  return [...found].flatMap(([path, lines]) => {
    const [, oid, size] = pointer.exec(lines.join("\n")) ?? [];
    return oid === undefined ? [] : [{ path, oid, bytes: Number(size) }];
  });
}

async function usesLfs(git: Git, at: At): Promise<boolean> {
  return (await grep(git, at, ["-l", "-e", attribute, at.sha, "--", ":(glob)**/.gitattributes"])) !== "";
}

/** Nothing where nothing is found, which is exit code 1. */
async function grep(git: Git, { gitDir, signal }: At, args: readonly string[]): Promise<string> {
  const { stdout } = await git(["grep", "-a", "-E", ...args], { gitDir, timeoutMs, signal });
  return stdout;
}
