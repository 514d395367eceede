import { NightshiftError } from "../domain/errors.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import type { Git } from "./git.ts";
import { callRemote, type RemoteHost } from "./remote.ts";

export interface RemoteRefs {
  readonly defaultBranch: string;
  /** Commits by full ref name. A pattern of ls-remote matches the end of a name, so there may be more than was asked for. */
  readonly shas: ReadonlyMap<string, string>;
}

/**
 * What the remote has at this moment.
 * @throws NightshiftError `bad_input` for a repository without a commit on its default branch.
 */
export async function remoteRefs(
  git: Git,
  host: RemoteHost,
  options: {
    readonly repo: Repository;
    readonly gitDir: string;
    readonly refs: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<RemoteRefs> {
  const { repo, gitDir, refs, signal } = options;
  const { stdout } = await callRemote(git, host, {
    repo,
    gitDir,
    signal,
    access: "read",
    failing: "Cannot read the branches of",
    args: (url) => ["ls-remote", "--symref", "--", url, "HEAD", ...refs],
  });
  const lines = stdout.split("\n").map((line) => line.split("\t"));
  const symbolic = lines.find(([left, ref]) => ref === "HEAD" && left?.startsWith("ref: refs/heads/"));
  const defaultBranch = symbolic?.[0]?.slice("ref: refs/heads/".length);
  const shas = new Map(lines.flatMap(([sha, ref]) => (sha && ref && !sha.startsWith("ref: ") ? [[ref, sha]] : [])));
  if (defaultBranch === undefined || !shas.has("HEAD")) {
    throw new NightshiftError(
      "bad_input",
      `${fullName(repo)} has no commit on its default branch. Push a first commit, then ask again.`,
    );
  }
  return { defaultBranch, shas };
}
