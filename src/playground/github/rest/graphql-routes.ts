import { z } from "zod";
import { refuseAccess } from "../access.ts";
import { ApiError, badCredentials } from "../api-error.ts";
import type { Actor } from "../authenticate.ts";
import type { GitHubState, Issue, Pull, StoredRepository } from "../github-state.ts";
import { issueUrl } from "../shapes/issue.ts";
import { pullNodeId } from "../shapes/pull-request.ts";
import { readBody } from "./read-body.ts";
import type { RestRoutes } from "./rest-app.ts";

const request = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() });
const mutation = /\b(markPullRequestReadyForReview|convertPullRequestToDraft)\b/;

/** The two things about a pull request that REST cannot change: to draft and back. */
export function graphqlRoutes(api: RestRoutes, github: GitHubState): void {
  api.post("/graphql", async (c) => {
    const { actor } = c.var;
    if (actor.type === "nobody") throw badCredentials("This endpoint requires you to be authenticated.");
    const { query, variables = {} } = await readBody(c, "GraphQL", request);
    const name = mutation.exec(query)?.[1];
    if (name === undefined)
      throw new ApiError(501, `The look-alike does not know this GraphQL: ${query.slice(0, 200)}`);
    const found = pullNamed(github, `${query} ${JSON.stringify(variables)}`);
    const problem = refusal(actor, found?.repo);
    if (found === undefined || problem !== undefined) return c.json(failed(name, problem ?? notResolved));
    found.pull.draft = name === "convertPullRequestToDraft";
    found.issue.updatedAt = github.now();
    return c.json({ data: { [name]: { clientMutationId: null, pullRequest: pullNode(github, found) } } });
  });
}

interface FoundPull {
  readonly repo: StoredRepository;
  readonly issue: Issue;
  readonly pull: Pull;
}

interface Problem {
  readonly type: "NOT_FOUND" | "FORBIDDEN";
  readonly message: string;
}

const notResolved: Problem = { type: "NOT_FOUND", message: "Could not resolve to a node with the global id given" };

function refusal(actor: Actor, repo: StoredRepository | undefined): Problem | undefined {
  const refused = refuseAccess(actor, repo, [{ pull_requests: "write" }]);
  if (refused?.status === 403) return { type: "FORBIDDEN", message: refused.message };
  return refused === undefined ? undefined : notResolved;
}

/** The pull request whose node id stands anywhere in the request: inline, or in the variables. */
function pullNamed(github: GitHubState, text: string): FoundPull | undefined {
  for (const repo of github.repositories.values()) {
    for (const issue of repo.issues.values()) {
      if (issue.pull !== undefined && text.includes(`"${pullNodeId(issue.pull)}"`)) {
        return { repo, issue, pull: issue.pull };
      }
    }
  }
  return undefined;
}

/** Every plain field, whichever were asked for. */
function pullNode(github: GitHubState, { repo, issue, pull }: FoundPull) {
  return {
    id: pullNodeId(pull),
    number: issue.number,
    title: issue.title,
    isDraft: pull.draft,
    state: pull.merged === undefined ? issue.state.toUpperCase() : "MERGED",
    url: issueUrl(github, repo, issue),
  };
}

function failed(name: string, problem: Problem) {
  return { data: { [name]: null }, errors: [{ ...problem, path: [name], locations: [{ line: 1, column: 1 }] }] };
}
