import type { GitHubState, Label, StoredRepository } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";

export function labelShape(github: GitHubState, repo: StoredRepository, label: Label) {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  } satisfies Schemas["label"];
}
