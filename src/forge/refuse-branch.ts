import { NightshiftError } from "../domain/errors.ts";
import { matchesPattern } from "../domain/matches-pattern.ts";

/**
 * The guard in front of every push.
 * @param defaultBranches what the mirror and the remote call the default branch; both are refused when they differ.
 * @param patterns names in which `*` stands for anything, also for slashes. Case makes no difference.
 * @throws NightshiftError `protected_branch`, or `bad_input` for a name that could be taken for an option or another kind of ref.
 */
export function refuseBranch(
  branch: string,
  defaultBranches: readonly string[],
  patterns: readonly string[],
): undefined {
  if (!isPlainName(branch)) {
    throw new NightshiftError("bad_input", `${JSON.stringify(branch)} is not a name that we give to a branch.`);
  }
  const literal = defaultBranches.find((name) => name.toLowerCase() === branch.toLowerCase());
  if (literal !== undefined) {
    throw new NightshiftError(
      "protected_branch",
      `Refused to push to ${branch}: it is the default branch. Changes reach it only through a pull request.`,
    );
  }
  const pattern = patterns.find((pattern) => matchesPattern(pattern, branch));
  if (pattern !== undefined) {
    throw new NightshiftError(
      "protected_branch",
      `Refused to push to ${branch}: it is protected by "${pattern}" in protected_branches.`,
    );
  }
  return undefined;
}

/** Stricter than git: `git check-ref-format` is asked as well. */
function isPlainName(branch: string): boolean {
  return !branch.startsWith("-") && !branch.startsWith("refs/") && branch !== "HEAD" && !/[\s:^~?*[\\]/.test(branch);
}
