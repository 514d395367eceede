import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { actorName, authenticate } from "./authenticate.ts";
import { type FaultAnswer, faultError, takeFault } from "./faults.ts";
import { isGitPath, serveGit } from "./git/serve-git.ts";
import type { GitHubState } from "./github-state.ts";
import { pages } from "./pages/pages.ts";
import { appRoutes } from "./rest/app-routes.ts";
import { checkRoutes } from "./rest/check-routes.ts";
import { commentRoutes } from "./rest/comment-routes.ts";
import { contentsRoutes } from "./rest/contents-routes.ts";
import { gitRoutes } from "./rest/git-routes.ts";
import { graphqlRoutes } from "./rest/graphql-routes.ts";
import { hookRoutes } from "./rest/hook-routes.ts";
import { issueRoutes } from "./rest/issue-routes.ts";
import { manifestRoutes } from "./rest/manifest-routes.ts";
import { pullRoutes } from "./rest/pull-routes.ts";
import { repositoryRoutes } from "./rest/repository-routes.ts";
import { isRestPath, restApp, restPath } from "./rest/rest-app.ts";

/** `disconnect` breaks the connection off. */
type Answer = (request: Request, disconnect: () => void) => Promise<Response>;

/** Answers every request: the API, git, or a page for people. */
export function answer(github: GitHubState): Answer {
  const api = restApp(github);
  const routes = [appRoutes, hookRoutes, manifestRoutes, repositoryRoutes, contentsRoutes, issueRoutes, commentRoutes];
  for (const add of [...routes, pullRoutes, checkRoutes, gitRoutes, graphqlRoutes]) add(api, github);
  const people = pages(github);

  return async (request, disconnect) => {
    const { pathname } = new URL(request.url);
    const isGit = isGitPath(pathname);
    if (!isGit && !isRestPath(pathname)) return await people.fetch(request);
    const serve = async () => (isGit ? await serveGit(github, request) : await api.fetch(request));
    const path = decodeURIComponent(restPath(pathname));
    const fault = takeFault(github.faults, request.method, path);
    const log = (status: number) => {
      github.requests.push({ method: request.method, path, as: actorOf(github, request), status });
      github.changed.dispatchEvent(new Event("change"));
    };
    if (fault?.type === "hold") {
      // Its body as well, or git would not be done.
      if (fault.afterEffect === true) await (await serve()).arrayBuffer();
      log(499);
      return await heldFor(AbortSignal.any([request.signal, github.signal]));
    }
    const response = await (fault === undefined ? serve() : answerWithFault(github, fault, { disconnect, serve }));
    log(response.status);
    return response;
  };
}

async function heldFor(signal: AbortSignal): Promise<Response> {
  if (!signal.aborted) await once(signal, "abort");
  return new Response(null, { status: 499 });
}

async function answerWithFault(
  github: GitHubState,
  fault: Exclude<FaultAnswer, { type: "hold" }>,
  at: { readonly disconnect: () => void; readonly serve: () => Promise<Response> },
): Promise<Response> {
  switch (fault.type) {
    case "delay":
      await delay(fault.ms, undefined, { signal: github.signal });
      return await at.serve();
    case "disconnect":
      if (fault.afterEffect === true) await at.serve();
      at.disconnect();
      return new Response(null, { status: 499 });
    default: {
      if (fault.type === "status" && fault.afterEffect === true) await at.serve();
      const { status, body, headers } = faultError(fault, github.now());
      return Response.json(body, { status, headers: { ...headers } });
    }
  }
}

function actorOf(github: GitHubState, request: Request): string {
  try {
    return actorName(authenticate(github, request.headers.get("authorization") ?? undefined));
  } catch {
    return "nobody";
  }
}
