import { ApiError, badCredentials, notFound } from "./api-error.ts";
import type { Actor } from "./authenticate.ts";
import { findRepository } from "./find-repository.ts";
import type { AppPermissions, GitHubState, InstallationToken, StoredRepository } from "./github-state.ts";
import type { RestContext } from "./rest/rest-app.ts";

/** What an endpoint needs; of several, one is enough. */
export type Needs = readonly Readonly<Partial<Record<keyof AppPermissions, "read" | "write">>>[];

/**
 * The repository in the path, if this request may do that to it.
 * @throws ApiError 401 without a token, 404 for what the installation cannot see, 403 for what it may not do.
 */
export function access(github: GitHubState, c: RestContext, needs: Needs): StoredRepository {
  const repo = findRepository(github, c.req.param("owner") ?? "", c.req.param("repo") ?? "");
  const refusal = refuseAccess(c.var.actor, repo, needs);
  if (refusal !== undefined) throw refusal;
  if (repo === undefined) throw notFound();
  return repo;
}

export function refuseAccess(actor: Actor, repo: StoredRepository | undefined, needs: Needs): ApiError | undefined {
  if (actor.type === "nobody") return badCredentials("Requires authentication");
  if (actor.type === "app") return badCredentials();
  if (repo === undefined || !reaches(actor.token, repo)) return notFound();
  if (needs.some((need) => allows(actor.token.permissions, need))) return undefined;
  return new ApiError(403, "Resource not accessible by integration", {
    headers: { "x-accepted-github-permissions": needs.map(needText).join("; ") },
  });
}

/** Whether this token's installation covers the repository. */
export function reaches(token: InstallationToken, repo: StoredRepository): boolean {
  return (
    repo.installation?.id === token.installation.id &&
    (token.repositoryIds === undefined || token.repositoryIds.has(repo.id))
  );
}

/** @throws ApiError 401 unless the request carries the App's own JWT. */
export function requireApp(c: RestContext): void {
  if (c.var.actor.type !== "app") throw badCredentials("A JSON web token could not be decoded");
}

function allows(held: AppPermissions, need: Needs[number]): boolean {
  const levels = new Map<string, string | undefined>(Object.entries(held));
  return Object.entries(need).every(([name, level]) => {
    const has = levels.get(name);
    return has === "write" || has === "admin" || has === level;
  });
}

function needText(need: Needs[number]): string {
  return Object.entries(need)
    .map(([name, level]) => `${name}=${level}`)
    .join(",");
}
