import type { GitHubState, StoredRepository } from "../github-state.ts";
import { fullRepository } from "../shapes/full-repository.ts";
import { nodeId } from "../shapes/node-id.ts";

/** What every webhook about a repository says. */
export function eventBase(github: GitHubState, repo: StoredRepository) {
  const { installation } = repo;
  return {
    repository: fullRepository(github, repo),
    ...(installation === undefined
      ? {}
      : { installation: { id: installation.id, node_id: nodeId("MDIzOklu", installation.id) } }),
  };
}
