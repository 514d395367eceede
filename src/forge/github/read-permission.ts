import type { Permission } from "../../domain/forge.ts";
import { fullName, type Repository } from "../../domain/repository.ts";
import { isMissing } from "./forge-error.ts";
import type { GitHub } from "./github.ts";

/** What this account may do in the repository; `none` for one that GitHub does not know there. */
export function readPermission(github: GitHub, repo: Repository, login: string): Promise<Permission> {
  const attempt = { doing: `read what ${login} may do in ${fullName(repo)}`, needs: "metadata: read" };
  return github.on(repo, attempt, async (client) => {
    try {
      const { data } = await client.rest.repos.getCollaboratorPermissionLevel({
        owner: repo.owner,
        repo: repo.name,
        username: login,
      });
      const permission = toPermission(data.permission);
      return permission === "write" && data.role_name === "maintain" ? "maintain" : permission;
    } catch (error) {
      if (isMissing(error)) return "none";
      throw error;
    }
  });
}

/** Of the legacy names, which also place custom roles; `role_name` may be the organisation's own word. Unknown means none. */
function toPermission(name: string): Permission {
  switch (name) {
    case "admin":
      return "admin";
    case "maintain":
    case "write":
      return "write";
    case "triage":
    case "read":
      return "read";
    default:
      return "none";
  }
}
