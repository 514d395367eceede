import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import type { EnsurePullRequest, Forge, Mirror } from "../../src/domain/forge.ts";
import { createGit } from "../../src/forge/git.ts";
import { readDiff } from "../../src/forge/read-diff.ts";
import type { BareMirror } from "./bare-mirror.ts";

const git = createGit(process.env);

/** A forge on paper: everybody may write, nothing is refused, and what is said on issues is kept. */
export interface PaperForge extends Forge {
  readonly comments: Map<number, string>;
}

/** Of one repository, whose mirror the caller has made; `over` changes what a test is about. */
export function paperForge(mirror: Mirror, over: Partial<Forge> = {}): PaperForge {
  const comments = new Map<number, string>();
  return {
    comments,
    permission: async () => "write",
    readFile: async () => undefined,
    mirror: async () => mirror,
    committedFiles: async () => ({ hashes: new Map(), read: async () => undefined }),
    survey: async () => ({ paths: [], outlines: new Map(), touched: [], complete: true }),
    checkoutParts: async () => ({ submodules: [], lfsFiles: [], warnings: [] }),
    diff: (of, change, { signal }) => readDiff(git, { mirror: of, change, dataDir: dirname(of.path), signal }),
    ensureReaction: async () => undefined,
    ensureCommentReaction: async () => undefined,
    async ensureComment(_repo, issue, _marker, body) {
      comments.set(issue, body);
      return { url: `https://forge.test/issues/${issue}` };
    },
    ensureBranch: async () => undefined,
    ensurePullRequest: async ({ draft }) => ({ number: 1, url: "https://forge.test/pull/1", draft }),
    ensureCheck: async () => undefined,
    committer: async () => ({ name: "robot", email: "robot@forge.test" }),
    emailOf: ({ login }) => `${login}@forge.test`,
    check: async () => [],
    ...over,
  };
}

/** A forge on paper of a bare repository at its HEAD, and the pull requests that are wanted of it: they are all the seventh. */
export function paperPulls(repository: BareMirror, over: Partial<Forge> = {}) {
  const headSha = execFileSync("git", ["-C", repository.path, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  const pulls: EnsurePullRequest[] = [];
  const ensurePullRequest: Forge["ensurePullRequest"] = async (request) => {
    pulls.push(request);
    return { number: 7, url: "https://forge.test/pull/7", draft: request.draft };
  };
  const forge = paperForge({ path: repository.path, defaultBranch: "main", headSha }, { ensurePullRequest, ...over });
  return { forge, pulls };
}
