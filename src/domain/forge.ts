import type { CheckoutParts } from "./checkout-parts.ts";
import type { CommittedFiles } from "./committed-files.ts";
import type { FileDiff } from "./diff.ts";
import type { HealthCheck } from "./health.ts";
import type { Repository } from "./repository.ts";
import type { Survey } from "./survey.ts";
import type { Person } from "./ticket.ts";

export type Permission = "admin" | "maintain" | "write" | "read" | "none";

export function mayMaintain(permission: Permission): boolean {
  return permission === "admin" || permission === "maintain";
}

export function mayWrite(permission: Permission): boolean {
  return mayMaintain(permission) || permission === "write";
}

/** Our bare copy of a repository on this host. Never a place where anything from a sandbox is run. */
export interface Mirror {
  readonly path: string;
  readonly defaultBranch: string;
  /** The newest commit of the default branch. */
  readonly headSha: string;
}

export interface PartsRequest {
  readonly repo: Repository;
  readonly sha: string;
  /** The account for whom the work is done: nobody gets to see by us what they may not see. Without one, what everybody may see. */
  readonly reader: string | undefined;
  readonly signal: AbortSignal;
}

/** A change on its way out of a sandbox: a git bundle whose one ref `refs/heads/change` descends from `baseSha`. */
export interface Change {
  readonly baseSha: string;
  readonly headSha: string;
  readonly bundle: Buffer;
}

export interface PullRequest {
  /** `null` where a branch is all that there is. */
  readonly number: number | null;
  readonly url: string;
  readonly draft: boolean;
}

export interface EnsurePullRequest {
  readonly repo: Repository;
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

export interface EnsureBranch {
  readonly repo: Repository;
  readonly mirror: Mirror;
  readonly branch: string;
  readonly change: Change;
  /** The commit that we pushed there before, if any: whatever else is on the branch is somebody's work and is left alone. */
  readonly lastPushedSha: string | null;
  /** Patterns of branches that are refused, besides the default branch. */
  readonly protectedBranches: readonly string[];
}

export interface EnsureCheck {
  readonly repo: Repository;
  readonly sha: string;
  readonly name: string;
  readonly conclusion: "success" | "failure" | "neutral";
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
}

/**
 * Where the code lives and people talk. Every `ensure…` may be called again with the same effect.
 * Methods throw NightshiftError `forge_unavailable` (retryable) or `forge_refused` (says which permission is missing).
 */
export interface Forge {
  permission(repo: Repository, login: string): Promise<Permission>;
  /** The text of a file on the default branch; `undefined` when there is none. */
  readFile(repo: Repository, path: string): Promise<string | undefined>;
  /** Fetches what is new; several callers at once are safe. */
  mirror(repo: Repository, options: { readonly signal: AbortSignal }): Promise<Mirror>;
  /** All files of a commit, listed once; their texts are read when they are asked for. */
  committedFiles(mirror: Mirror, sha: string): Promise<CommittedFiles>;
  /** What a commit's code declares and imports, and what was touched of late. Bounded in time and memory: of a huge repository a part. */
  survey(mirror: Mirror, sha: string, options: { readonly signal: AbortSignal }): Promise<Survey>;
  /**
   * Fetches what a checkout of the commit needs besides the mirror's own objects, into the mirror's folder: submodules on the
   * same host that the App and `reader` may read, and files of Git LFS. What cannot be had is a warning.
   */
  checkoutParts(mirror: Mirror, request: PartsRequest): Promise<CheckoutParts>;
  /** What a change does to the files, as data. @throws NightshiftError `bad_change` as `ensureBranch` does. */
  diff(mirror: Mirror, change: Change, options: { readonly signal: AbortSignal }): Promise<readonly FileDiff[]>;
  ensureReaction(repo: Repository, issue: number, reaction: "eyes"): Promise<void>;
  ensureCommentReaction(repo: Repository, comment: number, reaction: "+1"): Promise<void>;
  /** The one comment of ours on the issue that carries `marker` (a hidden word) says `body` afterwards. */
  ensureComment(repo: Repository, issue: number, marker: string, body: string): Promise<{ readonly url: string }>;
  /**
   * The branch points at the change's commit afterwards. The only place that pushes.
   * @throws NightshiftError `protected_branch`, `branch_moved` (somebody else pushed), `bad_change` (the bundle is not what it should be).
   */
  ensureBranch(request: EnsureBranch, options: { readonly signal: AbortSignal }): Promise<void>;
  /** One open pull request for the branch, with this title, body and draft state. */
  ensurePullRequest(request: EnsurePullRequest): Promise<PullRequest>;
  /** One check of ours by this name on the commit, with this result. */
  ensureCheck(check: EnsureCheck): Promise<void>;
  /** Who our commits in this repository are by. */
  committer(repo: Repository): Promise<{ readonly name: string; readonly email: string }>;
  /** The address that makes a commit count as this person's. */
  emailOf(person: Person): string;
  check(): Promise<readonly HealthCheck[]>;
}
