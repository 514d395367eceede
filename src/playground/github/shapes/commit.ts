import type { GitCommit, GitPerson } from "../git/read-commits.ts";
import type { FileDiff } from "../git/read-diff.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";

export function commitShape(github: GitHubState, repo: StoredRepository, commit: GitCommit) {
  const api = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
  const page = `${github.url}/${repo.owner.login}/${repo.name}/commit`;
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeId("C", Number.parseInt(commit.sha.slice(0, 12), 16)),
    url,
    html_url: `${page}/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: { ...commit.author },
      committer: { ...commit.committer },
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      verification: { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null },
    },
    author: accountOf(github, commit.author),
    committer: accountOf(github, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${page}/${sha}` })),
  } satisfies Schemas["commit"];
}

export function diffEntry(github: GitHubState, repo: StoredRepository, file: FileDiff, commit: string) {
  const api = `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}`;
  const page = `${github.url}/${repo.owner.login}/${repo.name}`;
  const path = encodeURI(file.path);
  return {
    sha: file.blobSha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${commit}/${path}`,
    raw_url: `${page}/raw/${commit}/${path}`,
    contents_url: `${api}/contents/${path}?ref=${commit}`,
    ...(file.patch === "" ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  } satisfies Schemas["diff-entry"];
}

/** Commits belong to an account by its noreply address, as on GitHub. */
function accountOf(github: GitHubState, person: GitPerson) {
  const id = Number(/^(\d+)\+.*@users\.noreply\./.exec(person.email)?.[1]);
  const account = [...github.accounts.values()].find((each) => each.id === id);
  return account === undefined ? null : simpleUser(github, account);
}
