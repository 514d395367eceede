import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { StartOptions } from "./github-look-alike.ts";
import type { Account, GitHubState } from "./github-state.ts";

/** What Nightshift's manifest asks for. */
const permissions = {
  checks: "write",
  contents: "write",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
} as const;

/** A GitHub with nobody in it but the App and its owner. */
export async function createState(
  options: StartOptions,
  at: { readonly url: string; readonly dir: string; readonly signal: AbortSignal },
): Promise<GitHubState> {
  const { now = () => new Date() } = options;
  const keys = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  let lastId = 1000;
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const owner: Account = { id: nextId(), login: "octo-org", type: "Organization" };
  const bot: Account = { id: nextId(), login: "nightshift[bot]", type: "Bot" };
  return {
    url: at.url,
    apiUrl: `${at.url}/api/v3`,
    dir: at.dir,
    app: {
      id: nextId(),
      slug: "nightshift",
      name: "Nightshift",
      clientId: `Iv23${randomBytes(8).toString("hex")}`,
      clientSecret: randomBytes(20).toString("hex"),
      ...keys,
      webhookSecret: randomBytes(20).toString("hex"),
      owner,
      permissions: options.permissions ?? permissions,
      events: options.events ?? ["issues", "issue_comment", "push"],
      createdAt: now(),
    },
    bot,
    accounts: new Map([owner, bot].map((account) => [account.login.toLowerCase(), account])),
    installations: new Map(),
    repositories: new Map(),
    tokens: new Map(),
    deliveries: [],
    requests: [],
    faults: [],
    webhookUrl: options.webhookUrl,
    held: undefined,
    duplicates: 0,
    tokenLifetimeMs: options.tokenLifetimeMs ?? 3_600_000,
    changed: new EventTarget(),
    signal: at.signal,
    now,
    nextId,
  };
}
