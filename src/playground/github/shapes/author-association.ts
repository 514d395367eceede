import type { Account, StoredRepository } from "../github-state.ts";
import type { Schemas } from "./schemas.ts";

/** What the author is to the repository. */
export function authorAssociation(repo: StoredRepository, by: Account) {
  const permission = repo.permissions.get(by.login.toLowerCase()) ?? "none";
  const association = by.id === repo.owner.id ? "OWNER" : permission === "none" ? "NONE" : "COLLABORATOR";
  return association satisfies Schemas["author-association"];
}
