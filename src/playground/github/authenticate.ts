import { badCredentials } from "./api-error.ts";
import type { GitHubState, InstallationToken } from "./github-state.ts";
import { verifyAppToken } from "./verify-app-token.ts";

/** As whom a request is made. */
export type Actor =
  | { readonly type: "nobody" }
  | { readonly type: "app" }
  | { readonly type: "installation"; readonly token: InstallationToken };

/**
 * Reads an Authorization header: `Bearer`, `token`, or `Basic` with the token as the password (as git sends it).
 * @throws ApiError 401 for a token that is wrong or out of date.
 */
export function authenticate(github: GitHubState, header: string | undefined): Actor {
  if (header === undefined || header === "") return { type: "nobody" };
  const secret = secretIn(header);
  if (secret.split(".").length === 3) {
    verifyAppToken(github.app, secret, github.now());
    return { type: "app" };
  }
  const token = github.tokens.get(secret);
  if (token === undefined || token.expiresAt <= github.now()) throw badCredentials();
  return { type: "installation", token };
}

/** For the log of requests; never the token itself. */
export function actorName(actor: Actor): string {
  return actor.type === "installation" ? `installation ${actor.token.installation.id}` : actor.type;
}

function secretIn(header: string): string {
  const [scheme = "", value = ""] = header.split(/ +/, 2);
  if (scheme.toLowerCase() !== "basic") return value;
  const pair = Buffer.from(value, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}
