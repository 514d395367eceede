import { expect, test } from "vitest";
import { repositorySettings } from "../../../../src/domain/settings.ts";
import { wantsPlan } from "../../../../src/execution/planning/plan-first.ts";

const none: string[] = [];
const judged = { priority: "medium", reason: "So.", files: none, acceptance_criteria: none, unclear: none } as const;

const wants = (
  settings: object,
  assessment: { readonly type: "bug" | "feature"; readonly complexity: number } | null,
) => wantsPlan(repositorySettings.parse(settings), { assessment: assessment && { ...judged, ...assessment } });
const hardFeature = { type: "feature", complexity: 0.5 } as const;

test.each<[string, object, Parameters<typeof wants>[1], boolean]>([
  ["a feature that is judged hard has one", {}, hardFeature, true],
  ["an easy feature has none", {}, { type: "feature", complexity: 0.49 }, false],
  ["a bug has none, however hard", {}, { type: "bug", complexity: 0.9 }, false],
  ["what nobody has judged has none", {}, null, false],
  ["always is always", { plan: "always" }, null, true],
  ["never is never", { plan: "never" }, hardFeature, false],
  ["what has to be approved has one in any case", { plan: "never", approval: "required" }, null, true],
])("of plans: %s", (_, settings, assessment, expected) => {
  expect(wants(settings, assessment)).toBe(expected);
});
