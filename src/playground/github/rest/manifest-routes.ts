import { notFound } from "../api-error.ts";
import type { GitHubState } from "../github-state.ts";
import { integrationShape } from "../shapes/installation.ts";
import type { RestRoutes } from "./rest-app.ts";

/** The code that `/settings/apps/new` sends people back with. */
export const manifestCode = "look-alike";

/** The end of GitHub's manifest flow: a set-up page trades its code for the App's credentials. */
export function manifestRoutes(api: RestRoutes, github: GitHubState): void {
  api.post("/app-manifests/:code/conversions", (c) => {
    if (c.req.param("code") !== manifestCode) throw notFound();
    const { app } = github;
    return c.json(
      {
        ...integrationShape(github, app),
        client_id: app.clientId,
        client_secret: app.clientSecret,
        webhook_secret: app.webhookSecret,
        pem: app.privateKey,
      },
      201,
    );
  });
}
