import { mayMaintain, mayWrite } from "../../../domain/forge.ts";
import { access } from "../access.ts";
import { permissionOf } from "../acts/permissions.ts";
import { badCredentials, notFound } from "../api-error.ts";
import type { GitHubState } from "../github-state.ts";
import { fullRepository } from "../shapes/full-repository.ts";
import type { Schemas } from "../shapes/schemas.ts";
import { publicUser, simpleUser } from "../shapes/simple-user.ts";
import type { RestRoutes } from "./rest-app.ts";

/** A repository, who may do what in it, and accounts. */
export function repositoryRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo", (c) => {
    const repo = access(github, c, [{ metadata: "read" }]);
    return c.json(fullRepository(github, repo));
  });
  api.get("/repos/:owner/:repo/collaborators/:login/permission", (c) => {
    const repo = access(github, c, [{ metadata: "read" }]);
    const account = github.accounts.get(c.req.param("login").toLowerCase());
    if (account === undefined) throw notFound();
    if (account.type !== "User") throw notFound(`${account.login} is not a user`);
    const permission = permissionOf(repo, account);
    return c.json({
      // The older of the two words knows no maintainers.
      permission: permission === "maintain" ? "write" : permission,
      role_name: permission,
      user: {
        ...simpleUser(github, account),
        role_name: permission,
        permissions: {
          admin: permission === "admin",
          maintain: mayMaintain(permission),
          push: mayWrite(permission),
          triage: mayWrite(permission),
          pull: permission !== "none",
        },
      },
    } satisfies Schemas["repository-collaborator-permission"]);
  });
  api.get("/users/:login", (c) => {
    if (c.var.actor.type === "nobody") throw badCredentials("Requires authentication");
    const account = github.accounts.get(c.req.param("login").toLowerCase());
    if (account === undefined) throw notFound();
    return c.json(publicUser(github, account));
  });
}
