import type { GuardFinding, GuardRule } from "./guard-finding.ts";

/** A person's word that what a rule found is right as it is. It is about this change, not about what the rule finds in the next one. */
export interface Waiver {
  /** The change. */
  readonly headSha: string;
  readonly rule: GuardRule;
  readonly file: string;
  readonly text: string;
  readonly by: string;
  readonly reason: string | null;
  readonly at: Date;
}

/**
 * Who may waive what a rule found. What says how robots and people work on the repository takes a maintainer, as its settings do on
 * GitHub. A secret could not be taken back, and GitHub would refuse a workflow whoever says so.
 */
export const waivableBy = {
  "deleted-tests": "writers",
  "skipped-tests": "writers",
  "weakened-tests": "writers",
  "test-detection": "writers",
  suppressions: "writers",
  "loosened-checks": "writers",
  "hidden-text": "writers",
  workflows: "nobody",
  "protected-paths": "maintainers",
  "robot-files": "maintainers",
  secrets: "nobody",
  size: "writers",
  "stray-files": "writers",
  unrelated: "writers",
  "licence-headers": "writers",
} as const satisfies Readonly<Record<GuardRule, "writers" | "maintainers" | "nobody">>;

/** The findings of a change with what was waived of it as mere notes, which say so. */
export function withWaivers(findings: readonly GuardFinding[], waivers: readonly Waiver[]): readonly GuardFinding[] {
  return findings.map((finding): GuardFinding => {
    const waiver = waivers.find(
      ({ rule, file, text }) => rule === finding.rule && file === finding.file && text === finding.text,
    );
    if (waiver === undefined || finding.severity === "note" || waivableBy[finding.rule] === "nobody") return finding;
    const { by, reason, at } = waiver;
    return { ...finding, severity: "note", waived: { by, reason, on: at.toISOString().slice(0, 10) } };
  });
}
