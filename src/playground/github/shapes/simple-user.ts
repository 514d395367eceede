import type { Account, GitHubState } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { timestamp } from "./timestamp.ts";

export function simpleUser(github: GitHubState, account: Account) {
  const url = `${github.apiUrl}/users/${encodeURIComponent(account.login)}`;
  const page = account.type === "Bot" ? `apps/${github.app.slug}` : account.login;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type === "Bot" ? "BOT" : "U", account.id),
    avatar_url: `${github.url}/avatars/u/${account.id}`,
    gravatar_id: "",
    url,
    html_url: `${github.url}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    site_admin: false,
  } satisfies Schemas["simple-user"];
}

/** What `GET /users/{login}` answers. */
export function publicUser(github: GitHubState, account: Account) {
  return {
    ...simpleUser(github, account),
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: timestamp(github.app.createdAt),
    updated_at: timestamp(github.app.createdAt),
  } satisfies Schemas["public-user"];
}
