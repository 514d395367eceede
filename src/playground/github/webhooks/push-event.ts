import type { WebhookEventDefinition } from "@octokit/webhooks/types";
import { readCommits } from "../git/read-commits.ts";
import type { Account, GitHubState, StoredRepository } from "../github-state.ts";
import { simpleUser } from "../shapes/simple-user.ts";
import type { WebhookEvent } from "./deliver.ts";
import { eventBase } from "./event-base.ts";

export interface Push {
  readonly branch: string;
  /** `undefined`: the push made the branch. */
  readonly before: string | undefined;
  readonly after: string;
  readonly by: Account;
}

/** The `push` webhook for a branch that somebody has moved. */
export async function pushEvent(github: GitHubState, repo: StoredRepository, push: Push): Promise<WebhookEvent> {
  const { branch, before, after, by } = push;
  const page = `${github.url}/${repo.owner.login}/${repo.name}`;
  const made =
    before === undefined ? await readCommits(repo.path, after, 1) : await readCommits(repo.path, `${before}..${after}`);
  const commits = made.map(({ sha, tree, message, author, committer }) => ({
    id: sha,
    tree_id: tree,
    distinct: true,
    message,
    timestamp: committer.date,
    url: `${page}/commit/${sha}`,
    author,
    committer,
  }));
  const { repository, ...base } = eventBase(github, repo);
  const payload = {
    ref: `refs/heads/${branch}`,
    before: before ?? "0".repeat(40),
    after,
    base_ref: null,
    created: before === undefined,
    deleted: false,
    forced: false,
    compare: `${page}/compare/${before ?? after}...${after}`,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: by.login },
    // Here, and only here, these are seconds.
    repository: { ...repository, visibility: "private", ...seconds(repo.createdAt, github.now()) },
    ...base,
    sender: simpleUser(github, by),
  } satisfies WebhookEventDefinition<"push">;
  return { name: "push", payload };
}

function seconds(created: Date, pushed: Date) {
  return { created_at: Math.floor(created.getTime() / 1000), pushed_at: Math.floor(pushed.getTime() / 1000) };
}
