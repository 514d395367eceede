import type { GuardFinding } from "../../domain/guard-finding.ts";
import { matchesPattern } from "../../domain/matches-pattern.ts";
import { misnamedSettingsPath, repositorySettingsPath } from "../../domain/settings.ts";
import type { Guard } from "./guard-rule.ts";

const bindsRobots = [
  ...[repositorySettingsPath, misnamedSettingsPath, ".nightshift*", "nightshift.yaml"],
  ...["AGENTS.md", "*/AGENTS.md", "CLAUDE.md", "*/CLAUDE.md", "GEMINI.md", ".claude/*", ".cursor/*", ".cursorrules"],
  ...["AGENTS.override.md", "*/AGENTS.override.md", "CLAUDE.local.md", "*/CLAUDE.local.md", ".gemini/*", ".codex/*"],
  ...[
    ".continue/*",
    ".kiro/*",
    ".opencode/*",
    ".goosehints",
    ".github/prompts/*",
    ".github/chatmodes/*",
    ".vscode/mcp.json",
  ],
  // By these a machine is prepared for it.
  ...[".devcontainer/*", ".devcontainer.json"],
  ...[
    ".windsurfrules",
    ".windsurf/*",
    ".clinerules*",
    ".roo/*",
    ".roorules*",
    ".aider*",
    ".junie/*",
    ".github/agents/*",
  ],
  ...[".github/copilot-instructions.md", ".github/instructions/*", ".mcp.json"],
];

/** What binds the robot is not for the robot to change: the next run would go by it. */
export const robotFiles: Guard = ({ files }) =>
  files
    .filter(({ path, from }) => bindsRobots.some((it) => matchesPattern(it, path) || matchesPattern(it, from ?? "")))
    .map(
      ({ path }): GuardFinding => ({
        ...{ rule: "robot-files", severity: "draft", file: path, line: null },
        text: "this says how robots work on the repository, and the next run would go by it",
      }),
    );
