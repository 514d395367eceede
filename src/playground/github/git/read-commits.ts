import { runGit } from "./run-git.ts";

export interface GitCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

const format = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"].join("%x00");

/** The commits of a range like `main..topic`, oldest first, or of one revision with `count` 1. */
export async function readCommits(path: string, range: string, count = 250): Promise<GitCommit[]> {
  const text = await runGit(path, [
    "log",
    "-z",
    `--max-count=${count}`,
    `--format=${format}%x01`,
    "--end-of-options",
    range,
    "--",
  ]);
  return text
    .split("\x01")
    .map((record) => record.replace(/^\0/, ""))
    .filter((record) => record !== "")
    .map(parseCommit)
    .reverse();
}

function parseCommit(record: string): GitCommit {
  const [sha = "", tree = "", parents = "", an = "", ae = "", ad = "", cn = "", ce = "", cd = "", message = ""] =
    record.split("\0");
  return {
    sha,
    tree,
    parents: parents.split(" ").filter((each) => each !== ""),
    author: { name: an, email: ae, date: ad },
    committer: { name: cn, email: ce, date: cd },
    message: message.trimEnd(),
  };
}
