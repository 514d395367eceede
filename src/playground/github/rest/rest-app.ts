import { type Context, Hono } from "hono";
import { ApiError } from "../api-error.ts";
import { type Actor, authenticate } from "../authenticate.ts";
import type { GitHubState } from "../github-state.ts";

export interface RestEnvironment {
  Variables: { actor: Actor };
}

// Handlers know their own path; what is shared between them does not.
export type RestContext = Context<RestEnvironment, string>;
export type RestRoutes = Hono<RestEnvironment>;

const prefix = /^\/api(?:\/v3)?(?=\/)/;

/** The path as github.com has it: without the `/api/v3` (or, for GraphQL, `/api`) of GitHub Enterprise. */
export function restPath(path: string): string {
  return path.replace(prefix, "");
}

export function isRestPath(path: string): boolean {
  return prefix.test(path) || /^\/(app|repos|users|installation|app-manifests|graphql|rate_limit)(\/|$)/.test(path);
}

/** An empty API that authenticates every call, and says so when it has no such endpoint. */
export function restApp(github: GitHubState): RestRoutes {
  const app = new Hono<RestEnvironment>({ getPath: (request) => restPath(new URL(request.url).pathname) });
  app.use(async (c, next) => {
    c.header("x-github-media-type", "github.v3; format=json");
    c.header("x-github-request-id", crypto.randomUUID());
    c.set("actor", { type: "nobody" });
    const actor = authenticate(github, c.req.header("authorization"));
    c.set("actor", actor);
    if (actor.type === "installation") actor.token.used += 1;
    for (const [name, value] of Object.entries(rateLimit(github, actor))) c.header(name, value);
    await next();
  });
  app.onError((error, c) => {
    if (!(error instanceof ApiError)) throw error;
    for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
    return c.json(error.body, error.status);
  });
  app.notFound((c) => {
    throw new ApiError(
      501,
      `The look-alike has no ${c.req.method} ${c.req.path}. Add it in src/playground/github/rest.`,
    );
  });
  return app;
}

const hourly = 5000;

function rateLimit(github: GitHubState, actor: Actor): Record<string, string> {
  const used = actor.type === "installation" ? actor.token.used : 1;
  return {
    "x-ratelimit-limit": String(hourly),
    "x-ratelimit-remaining": String(Math.max(0, hourly - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.floor(github.now().getTime() / 1000) + 3600),
    "x-ratelimit-resource": "core",
  };
}
