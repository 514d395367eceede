import { NightshiftError } from "../../domain/errors.ts";
import type { GitHubState, Issue, StoredRepository } from "./github-state.ts";

export function findRepository(github: GitHubState, owner: string, name: string): StoredRepository | undefined {
  return github.repositories.get(`${owner}/${name}`.toLowerCase());
}

/** For the handle: a test that names what is not there has a mistake, and is told so. */
export function theRepository(
  github: GitHubState,
  repo: { readonly owner: string; readonly name: string },
): StoredRepository {
  const found = findRepository(github, repo.owner, repo.name);
  if (found !== undefined) return found;
  throw new NightshiftError("bad_input", `There is no repository ${repo.owner}/${repo.name}: add it first.`);
}

export function theIssue(repo: StoredRepository, number: number): Issue {
  const found = repo.issues.get(number);
  if (found !== undefined) return found;
  throw new NightshiftError("bad_input", `There is no #${number} in ${repo.owner.login}/${repo.name}: open it first.`);
}
