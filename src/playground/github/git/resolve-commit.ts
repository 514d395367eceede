import { runGit, tryGit } from "./run-git.ts";

/** The SHA of the commit that a branch, a full ref or a SHA names; `undefined` when there is none. */
export async function resolveCommit(path: string, name: string): Promise<string | undefined> {
  return (await verify(path, `refs/heads/${name}`)) ?? (await verify(path, name));
}

/** The SHA at the head of a branch; `undefined` when there is no such branch. */
export async function branchHead(path: string, branch: string): Promise<string | undefined> {
  return await verify(path, `refs/heads/${branch}`);
}

/** Every ref under `prefix` with the object it points at. */
export async function listRefs(path: string, prefix = "refs/"): Promise<Record<string, string>> {
  const text = await runGit(path, ["for-each-ref", "--format=%(refname) %(objectname)", prefix]);
  const refs: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [ref, sha] = line.split(" ");
    if (ref !== undefined && sha !== undefined) refs[ref] = sha;
  }
  return refs;
}

async function verify(path: string, name: string): Promise<string | undefined> {
  const result = await tryGit(path, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  return result.exitCode === 0 ? result.stdout.toString().trim() : undefined;
}
