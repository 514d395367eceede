import type { CheckRun, CommitStatus, GitHubState, StoredRepository } from "../github-state.ts";
import { integrationShape } from "./installation.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp, timestampOrNull } from "./timestamp.ts";

export function checkRunShape(github: GitHubState, repo: StoredRepository, run: CheckRun) {
  const fullName = `${repo.owner.login}/${repo.name}`;
  const url = `${github.apiUrl}/repos/${fullName}/check-runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId ?? "",
    url,
    html_url: `${github.url}/${fullName}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timestampOrNull(run.startedAt),
    completed_at: timestampOrNull(run.completedAt),
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.id },
    app: integrationShape(github, github.app),
    pull_requests: [],
  } satisfies Schemas["check-run"];
}

export function statusShape(github: GitHubState, repo: StoredRepository, status: CommitStatus) {
  return {
    id: status.id,
    node_id: nodeId("SC", status.id),
    url: `${github.apiUrl}/repos/${repo.owner.login}/${repo.name}/statuses/${status.sha}`,
    avatar_url: simpleUser(github, status.by).avatar_url,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: timestamp(status.createdAt),
    updated_at: timestamp(status.createdAt),
    creator: simpleUser(github, status.by),
  } satisfies Schemas["status"];
}
