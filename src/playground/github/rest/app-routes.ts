import { randomBytes } from "node:crypto";
import { z } from "zod";
import { reaches, requireApp } from "../access.ts";
import { ApiError, badCredentials, notFound } from "../api-error.ts";
import { findRepository } from "../find-repository.ts";
import type { AppPermissions, GitHubState, Installation } from "../github-state.ts";
import { fullRepository } from "../shapes/full-repository.ts";
import { installationShape, integrationShape } from "../shapes/installation.ts";
import type { Schemas } from "../shapes/schemas.ts";
import { timestamp } from "../shapes/timestamp.ts";
import { paginate } from "./paginate.ts";
import { readBody } from "./read-body.ts";
import type { RestContext, RestRoutes } from "./rest-app.ts";

/** What an App asks about itself, and the tokens it works with. */
export function appRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/app", (c) => {
    requireApp(c);
    return c.json(integrationShape(github, github.app));
  });
  api.get("/app/installations", (c) => {
    requireApp(c);
    return c.json(
      paginate(
        github,
        c,
        [...github.installations.values()].map((each) => installationShape(github, each)),
      ),
    );
  });
  api.get("/app/installations/:id", (c) => c.json(installationShape(github, installationIn(github, c))));
  api.get("/repos/:owner/:repo/installation", (c) => {
    requireApp(c);
    const installation = findRepository(github, c.req.param("owner"), c.req.param("repo"))?.installation;
    if (installation === undefined) throw notFound();
    return c.json(installationShape(github, installation));
  });
  api.post("/app/installations/:id/access_tokens", async (c) => {
    const installation = installationIn(github, c);
    return c.json(createToken(github, installation, await readBody(c, "AccessToken", tokenRequest)), 201);
  });
  api.get("/installation/repositories", (c) => {
    const { actor } = c.var;
    if (actor.type !== "installation") throw badCredentials();
    const seen = [...github.repositories.values()].filter((repo) => reaches(actor.token, repo));
    const repositories = paginate(github, c, seen).map((repo) => fullRepository(github, repo));
    return c.json({ total_count: seen.length, repositories: repositories satisfies Schemas["repository"][] });
  });
}

function installationIn(github: GitHubState, c: RestContext): Installation {
  requireApp(c);
  const installation = github.installations.get(Number(c.req.param("id")));
  if (installation === undefined) throw notFound();
  return installation;
}

const level = z.enum(["read", "write"]);
const tokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z
    .object({ contents: level, issues: level, pull_requests: level, metadata: level, checks: level, statuses: level })
    .partial()
    .optional(),
});

function createToken(github: GitHubState, installation: Installation, request: z.output<typeof tokenRequest>) {
  const repositories = narrowed(github, installation, request);
  const granted = permissions(github.app.permissions, request.permissions);
  const token = {
    token: `ghs_${randomBytes(27).toString("base64url").replaceAll(/[-_]/g, "0")}`,
    installation,
    permissions: granted,
    repositoryIds: repositories === undefined ? undefined : new Set(repositories.map((repo) => repo.id)),
    expiresAt: new Date(github.now().getTime() + github.tokenLifetimeMs),
    used: 0,
  };
  github.tokens.set(token.token, token);
  return {
    token: token.token,
    expires_at: timestamp(token.expiresAt),
    permissions: granted,
    repository_selection: "selected",
    ...(repositories === undefined ? {} : { repositories: repositories.map((repo) => fullRepository(github, repo)) }),
  } satisfies Schemas["installation-token"];
}

function narrowed(github: GitHubState, installation: Installation, request: z.output<typeof tokenRequest>) {
  if (request.repositories === undefined && request.repository_ids === undefined) return undefined;
  const own = [...github.repositories.values()].filter((repo) => repo.installation?.id === installation.id);
  const wanted = [...(request.repositories ?? []), ...(request.repository_ids ?? [])];
  return wanted.map((each) => {
    const repo = own.find((one) => one.name === each || one.id === each);
    if (repo !== undefined) return repo;
    throw new ApiError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  });
}

function permissions(held: AppPermissions, wanted: z.output<typeof tokenRequest>["permissions"]): AppPermissions {
  if (wanted === undefined) return { ...held };
  const levels = new Map<string, string | undefined>(Object.entries(held));
  const beyond = Object.entries(wanted).some(
    ([name, asked]) => asked !== undefined && levels.get(name) !== asked && levels.get(name) !== "write",
  );
  if (beyond) throw new ApiError(422, "The permissions requested are not granted to this installation.");
  const { contents, issues, pull_requests, metadata = "read", checks, statuses } = wanted;
  return {
    metadata,
    ...(contents === undefined ? {} : { contents }),
    ...(issues === undefined ? {} : { issues }),
    ...(pull_requests === undefined ? {} : { pull_requests }),
    ...(checks === undefined ? {} : { checks }),
    ...(statuses === undefined ? {} : { statuses }),
  };
}
