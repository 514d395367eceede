import type { Permission } from "../../domain/forge.ts";
import type { Repository } from "../../domain/repository.ts";
import type { Person } from "../../domain/ticket.ts";
import type { FaultAnswer } from "./faults.ts";
import type { CommittedFile } from "./git/commit-files.ts";
import type { AppPermissions, CheckRun, CommitStatus, LoggedRequest, Reaction } from "./github-state.ts";

export interface StartOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Where the bare repositories live; default a temporary folder that is removed at the end. */
  readonly dir?: string;
  readonly webhookUrl?: string;
  /** The webhook events the App subscribes to; default what Nightshift subscribes to. */
  readonly events?: readonly string[];
  /** Default: what Nightshift asks for. */
  readonly permissions?: AppPermissions;
  /** How long an installation token is good for; default one hour. */
  readonly tokenLifetimeMs?: number;
  readonly now?: () => Date;
}

type Repo = Pick<Repository, "owner" | "name">;

export interface CommitRequest {
  /** Default: the default branch. A new branch starts at the default branch. */
  readonly branch?: string;
  readonly message: string;
  readonly files: Readonly<Record<string, CommittedFile>>;
  /** Login of the author; default the repository's owner. */
  readonly by?: string;
}

export interface AddRepository {
  readonly owner: string;
  readonly name: string;
  /** The first commit; `#!` makes a file executable. */
  readonly files: Readonly<Record<string, CommittedFile>>;
  readonly defaultBranch?: string;
  /** What follows the first commit, in order. */
  readonly commits?: readonly CommitRequest[];
  /** `false`: the App is not installed there, and so does not see it. */
  readonly installed?: boolean;
}

export interface CommentView {
  readonly id: number;
  readonly by: string;
  readonly body: string;
  readonly url: string;
  readonly reactions: readonly Reaction["content"][];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface PullRequestView {
  readonly number: number;
  readonly url: string;
  readonly by: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly labels: readonly string[];
}

export interface DeliveryView {
  /** `X-GitHub-Delivery`. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  /** What the App answered; 502 when it could not be reached, 504 when it took over 10 s, `null` while unanswered. */
  readonly statusCode: number | null;
  readonly redelivery: boolean;
}

export interface CheckRequest {
  readonly name: string;
  readonly sha: string;
  readonly conclusion?: NonNullable<CheckRun["conclusion"]>;
  readonly title?: string;
  readonly summary?: string;
}

/** A GitHub on this machine: people act through these methods, the App through the API, both look at the pages. */
export interface GitHubLookAlike extends AsyncDisposable {
  /** The pages for people; git is at `url/owner/name.git`. */
  readonly url: string;
  /** What Octokit takes as `baseUrl`. */
  readonly apiUrl: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    /** PEM. */
    readonly privateKey: string;
    readonly webhookSecret: string;
    readonly clientId: string;
  };
  setWebhookUrl(url: string): void;
  setAppPermissions(permissions: AppPermissions): void;
  /** Every installation token given out so far is refused from now on. */
  expireTokens(): void;

  addUser(login: string): Person;
  addRepository(request: AddRepository): Promise<Repository>;
  setPermission(repo: Repo, login: string, permission: Permission): void;
  /** Somebody pushes a commit; returns its SHA when the webhook is answered or held. Pushes of the App itself tell nobody. */
  commit(repo: Repo, request: CommitRequest): Promise<string>;
  /** Somebody stores a content by Git LFS; returns the pointer to be committed in its place. */
  storeLfs(repo: Repo, content: Uint8Array): Promise<string>;
  openIssue(
    repo: Repo,
    request: {
      readonly by: string;
      readonly title: string;
      readonly body: string;
      readonly labels?: readonly string[];
    },
  ): Promise<{ readonly number: number; readonly url: string }>;
  /** Settles when the webhook is answered or held; returns its `X-GitHub-Delivery`. */
  addLabel(repo: Repo, issue: number, label: string, by: string): Promise<string>;
  removeLabel(repo: Repo, issue: number, label: string, by: string): Promise<string>;
  addComment(repo: Repo, issue: number, body: string, by: string): Promise<CommentView>;
  /** Also of a pull request. */
  closeIssue(repo: Repo, issue: number, by: string): void;
  /** Returns the SHA of the merge commit, when the webhook of its push is answered or held. */
  mergePullRequest(repo: Repo, pull: number, by: string): Promise<string>;
  addCheck(repo: Repo, check: CheckRequest): void;
  addStatus(repo: Repo, sha: string, status: Pick<CommitStatus, "context" | "state">, by: string): void;

  /** The same `X-GitHub-Delivery` and body once more. */
  redeliver(id: string): Promise<DeliveryView>;
  /** Keeps deliveries back until they are released. */
  holdDeliveries(): void;
  releaseDeliveries(order?: "as_made" | "reversed"): Promise<void>;
  /** Each of the next `times` deliveries is sent twice at once. */
  duplicateDeliveries(times: number): void;
  /** The next `times` (default 1) requests to such a path (without `/api/v3`) go wrong. */
  fault(fault: {
    readonly method: string;
    readonly path: RegExp;
    readonly times?: number;
    readonly answer: FaultAnswer;
  }): void;

  comments(repo: Repo, issue: number): readonly CommentView[];
  reactions(repo: Repo, issue: number): readonly { readonly by: string; readonly content: Reaction["content"] }[];
  labels(repo: Repo, issue: number): readonly string[];
  /** The check runs of a commit. */
  checks(
    repo: Repo,
    sha: string,
  ): readonly {
    readonly name: string;
    readonly conclusion: CheckRun["conclusion"];
    readonly title: string | null;
    readonly summary: string | null;
  }[];
  pullRequests(repo: Repo): Promise<readonly PullRequestView[]>;
  /** Every ref with its SHA. */
  refs(repo: Repo): Promise<Readonly<Record<string, string>>>;
  /** The text of a file on a branch or in a commit; `undefined` when there is none. */
  file(repo: Repo, ref: string, path: string): Promise<string | undefined>;
  deliveries(): readonly DeliveryView[];
  /** Every API and git request so far. */
  requests(): readonly LoggedRequest[];
  /**
   * Looks again after every request and delivery until something is seen.
   * @throws Error when `timeoutMs` (default 30 s) has passed.
   */
  until<Seen>(
    look: () => Seen | undefined | Promise<Seen | undefined>,
    options?: { readonly timeoutMs?: number },
  ): Promise<Seen>;
}
