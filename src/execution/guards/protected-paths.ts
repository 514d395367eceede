import type { GuardFinding } from "../../domain/guard-finding.ts";
import { matchesPattern } from "../../domain/matches-pattern.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";

/** Who has a say, and what runs with keys when something is merged. */
const always = [
  ...["CODEOWNERS", "*/CODEOWNERS", ".github/actions/*", ".github/dependabot.y*ml", ".github/settings.yml"],
  ...[".gitlab-ci.yml", ".circleci/*", ".travis.yml", "azure-pipelines.yml", ".buildkite/*", "Jenkinsfile"],
  ...["bitbucket-pipelines.yml", ".drone.yml", ".woodpecker*", ".husky/*", ".githooks/*", ".pre-commit-config.yaml"],
  ...[
    "lefthook.y*ml",
    ".lefthook.y*ml",
    ".lefthook/*",
    ".overcommit.yml",
    ".envrc",
    ".gitmodules",
    ".vscode/tasks.json",
  ],
];

/** Files that a person has to look at, whatever is done to them. */
export const protectedPaths: Guard = ({ files, settings }) =>
  files.flatMap(({ path, from }): readonly GuardFinding[] => {
    const pattern = [...settings.protected_paths, ...always].find((it) =>
      [path, ...(from === null ? [] : [from])].some((name) => matchesPattern(it, name)),
    );
    if (pattern === undefined) return [];
    const text = `a protected path (${quoteCode(pattern)}) is changed`;
    return [{ rule: "protected-paths", severity: "draft", file: path, line: null, text }];
  });
