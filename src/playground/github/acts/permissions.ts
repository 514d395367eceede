import type { Permission } from "../../../domain/forge.ts";
import type { Account, StoredRepository } from "../github-state.ts";

/** What the account may do in the repository: its owner is an admin, everybody else what was set. */
export function permissionOf(repo: StoredRepository, account: Account): Permission {
  return repo.permissions.get(account.login.toLowerCase()) ?? (account.id === repo.owner.id ? "admin" : "none");
}
