import type { GuardFinding, GuardRule } from "../../domain/guard-finding.ts";
import { repositorySettingsPath } from "../../domain/settings.ts";
import { waivableBy } from "../../domain/waiver.ts";
import { findingLine } from "./guard-lines.ts";
import { saidInLine } from "./said.ts";

/** How people get on with what rules hold against a change, in sentences. */
export function waysOn(findings: readonly GuardFinding[]): readonly string[] {
  const rules = [...new Set(findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule))];
  const by = (who: (typeof waivableBy)[GuardRule]) => rules.filter((rule) => waivableBy[rule] === who);
  const command = (some: readonly GuardRule[]) => `\`/robot waive ${some.join(" ")} -- why\``;
  const [writers, maintainers] = [by("writers"), by("maintainers")];
  return [
    ...(writers.length === 0
      ? []
      : [`Where that is right as it is, somebody with write access comments ${command(writers)}.`]),
    ...(maintainers.length === 0
      ? []
      : [`What concerns the repository itself takes somebody who may maintain it: ${command(maintainers)}.`]),
    ...by("nobody").map(insteadOf),
  ];
}

/** What is to be done about a finding that no comment can waive. */
export function insteadOf(rule: GuardRule): string {
  return rule === "secrets"
    ? `A secret is never waived by a comment. Where it is made up for a test, list its file under \`test_secrets\` in \`${repositorySettingsPath}\` on the default branch and comment \`/robot retry\`: what was done is then published as it is, and no model is asked again. A real one that stood in an issue is to be replaced.`
    : "A workflow cannot be waived, since GitHub does not let Nightshift push it: make that part by hand, and say in the issue that it is not wanted.";
}

/** What was waived, by whom and why, as lines of a list. */
export function waivedLines(findings: readonly GuardFinding[]): readonly string[] {
  return findings.flatMap((finding) => {
    if (finding.waived === undefined) return [];
    const { by, on, reason } = finding.waived;
    const why = reason === null ? "" : `: ${saidInLine(reason)}`;
    return [`- ${findingLine(finding)} (\`${finding.rule}\`), waived by @${by} on ${on}${why}`];
  });
}
