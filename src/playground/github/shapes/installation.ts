import type { App, GitHubState, Installation } from "../github-state.ts";
import { nodeId } from "./node-id.ts";
import type { Schemas } from "./schemas.ts";
import { simpleUser } from "./simple-user.ts";
import { timestamp } from "./timestamp.ts";

export function installationShape(github: GitHubState, installation: Installation) {
  return {
    id: installation.id,
    account: simpleUser(github, installation.account),
    repository_selection: "selected",
    access_tokens_url: `${github.apiUrl}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${github.apiUrl}/installation/repositories`,
    html_url: `${github.url}/settings/installations/${installation.id}`,
    app_id: github.app.id,
    client_id: github.app.clientId,
    app_slug: github.app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: github.app.permissions,
    events: [...github.app.events],
    created_at: timestamp(installation.createdAt),
    updated_at: timestamp(installation.createdAt),
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  } satisfies Schemas["installation"];
}

/** The App itself, as `GET /app` answers. */
export function integrationShape(github: GitHubState, app: App) {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    client_id: app.clientId,
    owner: simpleUser(github, app.owner),
    name: app.name,
    description: null,
    external_url: github.url,
    html_url: `${github.url}/apps/${app.slug}`,
    created_at: timestamp(app.createdAt),
    updated_at: timestamp(app.createdAt),
    permissions: permissionTexts(app),
    events: [...app.events],
    installations_count: github.installations.size,
  } satisfies Schemas["integration"];
}

function permissionTexts(app: App): Record<string, string> {
  return Object.fromEntries(Object.entries(app.permissions).map(([name, level]) => [name, String(level)]));
}
