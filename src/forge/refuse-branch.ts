import { NightshiftError } from "../domain/errors.ts";

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
  const pattern = patterns.find((pattern) => matches(pattern, branch));
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

/** By the greedy algorithm, which is linear in the name for each part: a pattern comes from a repository. */
function matches(pattern: string, branch: string): boolean {
  const [first = "", ...parts] = pattern.toLowerCase().split("*");
  const name = branch.toLowerCase();
  if (!name.startsWith(first)) return false;
  const last = parts.pop();
  if (last === undefined) return name === first;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
