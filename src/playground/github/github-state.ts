import type { Permission } from "../../domain/forge.ts";
import type { Fault } from "./faults.ts";
import type { Schemas } from "./shapes/schemas.ts";

/** Everything the look-alike knows. One per server, so that several may run beside each other. */
export interface GitHubState {
  readonly url: string;
  readonly apiUrl: string;
  /** Where the bare repositories live: `dir/owner/name.git`. */
  readonly dir: string;
  readonly app: App;
  /** The account under which the App writes. */
  readonly bot: Account;
  /** By lower-case login, as logins ignore case. */
  readonly accounts: Map<string, Account>;
  readonly installations: Map<number, Installation>;
  /** By lower-case `owner/name`. */
  readonly repositories: Map<string, StoredRepository>;
  readonly tokens: Map<string, InstallationToken>;
  readonly deliveries: Delivery[];
  readonly requests: LoggedRequest[];
  readonly faults: Fault[];
  webhookUrl: string | undefined;
  /** Deliveries kept back until they are released; `undefined` while none is held. */
  held: Delivery[] | undefined;
  /** How many of the next deliveries are sent twice. */
  duplicates: number;
  tokenLifetimeMs: number;
  /** Fires "request" after each answered request. */
  readonly changed: EventTarget;
  /** Fires when the server ends. */
  readonly signal: AbortSignal;
  now(): Date;
  nextId(): number;
}

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Organization" | "Bot";
}

export type AppPermissions = Schemas["app-permissions"];

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly webhookSecret: string;
  readonly owner: Account;
  permissions: AppPermissions;
  /** The webhook events it subscribes to. */
  events: readonly string[];
  readonly createdAt: Date;
}

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly createdAt: Date;
}

export interface InstallationToken {
  readonly token: string;
  readonly installation: Installation;
  readonly permissions: AppPermissions;
  /** `undefined`: every repository of the installation. */
  readonly repositoryIds: ReadonlySet<number> | undefined;
  expiresAt: Date;
  used: number;
}

export interface StoredRepository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly defaultBranch: string;
  /** The bare repository on disk. */
  readonly path: string;
  /** `undefined` while the App is not installed on it. */
  readonly installation: Installation | undefined;
  readonly createdAt: Date;
  /** By lower-case login. */
  readonly permissions: Map<string, Permission>;
  readonly labels: Map<string, Label>;
  /** Issues and pull requests, which share their numbers. */
  readonly issues: Map<number, Issue>;
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly by: Account;
  readonly createdAt: Date;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "not_planned" | "reopened" | null;
  updatedAt: Date;
  closedAt: Date | null;
  closedBy: Account | null;
  labels: Label[];
  readonly comments: Comment[];
  readonly reactions: Reaction[];
  readonly pull: Pull | undefined;
}

/** What a pull request has besides being an issue. */
export interface Pull {
  readonly id: number;
  readonly head: string;
  base: string;
  draft: boolean;
  /** Follows the branch for as long as it exists. */
  headSha: string;
  baseSha: string;
  merged: { readonly at: Date; readonly by: Account; readonly sha: string } | undefined;
}

export interface Comment {
  readonly id: number;
  readonly by: Account;
  readonly createdAt: Date;
  body: string;
  updatedAt: Date;
  readonly reactions: Reaction[];
}

export interface Reaction {
  readonly id: number;
  readonly by: Account;
  readonly content: Schemas["reaction"]["content"];
  readonly createdAt: Date;
}

export interface CheckRun {
  readonly id: number;
  readonly headSha: string;
  readonly name: string;
  readonly externalId: string | null;
  detailsUrl: string | null;
  status: Schemas["check-run"]["status"];
  conclusion: Schemas["check-run"]["conclusion"];
  startedAt: Date | null;
  completedAt: Date | null;
  output: { title: string | null; summary: string | null; text: string | null };
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly by: Account;
  readonly createdAt: Date;
}

export interface Delivery {
  readonly id: number;
  /** `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** The JSON that is sent, byte for byte. */
  readonly payload: string;
  readonly redelivery: boolean;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  deliveredAt: Date;
  durationMs: number;
  /** `null` until it is answered. */
  statusCode: number | null;
  status: string;
}

export interface LoggedRequest {
  readonly method: string;
  /** Without the `/api/v3` prefix and without the query. */
  readonly path: string;
  /** `app`, `installation 7`, or `nobody`. */
  readonly as: string;
  readonly status: number;
}
