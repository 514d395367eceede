import type { GitHubState, StoredRepository } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp } from "./timestamp.ts";

/** Also good where a plain or a minimal repository is asked for. */
export function fullRepository(github: GitHubState, repo: StoredRepository) {
  const fullName = `${repo.owner.login}/${repo.name}`;
  const openIssues = [...repo.issues.values()].filter((issue) => issue.state === "open").length;
  const created = timestamp(repo.createdAt);
  return {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: fullName,
    private: true,
    visibility: "private",
    owner: simpleUser(github, repo.owner),
    description: null,
    fork: false,
    ...repositoryUrls(github, fullName),
    homepage: null,
    mirror_url: null,
    language: null,
    license: null,
    topics: [],
    size: 0,
    default_branch: repo.defaultBranch,
    created_at: created,
    updated_at: created,
    pushed_at: created,
    open_issues_count: openIssues,
    open_issues: openIssues,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    subscribers_count: 0,
    network_count: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    custom_properties: {},
  } satisfies Schemas["full-repository"];
}

function repositoryUrls(github: GitHubState, fullName: string) {
  const url = `${github.apiUrl}/repos/${fullName}`;
  const page = `${github.url}/${fullName}`;
  return {
    url,
    html_url: page,
    clone_url: `${page}.git`,
    git_url: `${page}.git`,
    ssh_url: `${page}.git`,
    svn_url: page,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
