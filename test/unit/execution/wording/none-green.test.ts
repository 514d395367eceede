import { expect, test } from "vitest";
import { solved } from "../../../../src/cli/solved.ts";
import type { Failures, TestReport } from "../../../../src/domain/evidence.ts";
import type { RunRecord } from "../../../../src/domain/run-record.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { aCodedChange, aRedTestReport } from "../../../support/a-change.ts";

const one = { name: "one", status: "failed" } as const;
const known: Failures = { known_red: [one], flaky: [], broken: [] };

function doubts(counts: TestReport["counts"], failures: Failures = known) {
  const red = aRedTestReport({ counts, tests: [one] });
  return doubtsAbout({
    work: aCodedChange(),
    seen: { base: red, head: red, failures, redefined_by: [] },
    findings: [],
  });
}

test("tests that are all as red as before vouch for nothing, however little they count against it", () => {
  expect(doubts({ passed: 0, failed: 1, skipped: 4 })).toEqual([
    "no test passes with this change: what ran fails as it does on the base, so that nothing was verified",
  ]);
  expect(doubts({ passed: 1, failed: 1, skipped: 0 })).toEqual([]);
  // It passed when it was run once more.
  expect(doubts({ passed: 0, failed: 1, skipped: 0 }, { known_red: [], flaky: [one], broken: [] })).toEqual([]);
});

test("a change with which tests are red, as before, is not said to pass them", () => {
  const red = aRedTestReport();
  const record: RunRecord = {
    ticket: {
      ...{ id: "shop#1", type: "bug", priority: "low" },
      ...{ context: { repo: "shop", filepaths: [] }, acceptance_criteria: [] },
    },
    ...{ status: "succeeded", reason: null, turns: 1, cost_usd: 0, duration_ms: 1, pull_request: null },
    evidence: { base: red, head: red, failures: known, redefined_by: [] },
    ...{ findings: [], sandbox: null, model: null },
  };
  const repository = { path: "/shop", base: "main", baseSha: "a", gitDir: "/shop/.git", bare: false };
  const { text } = solved({ runId: "1", resumed: false, repository, uncommitted: false }, record, "/record");
  expect(text).toContain("Done: with the change no test fails that passed before.");
  expect(text).not.toContain("the tests pass");
});
