import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../../src/domain/evidence.ts";
import type { CodedChange } from "../../../../src/execution/coded.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../../support/a-change.ts";

const head = { commit: "b".repeat(40) };
const known = { name: "adds up", status: "failed" } as const;
const proven: Evidence = { base: aRedTestReport(), head: aTestReport(head), redefined_by: [] };
const brokenOff: NonNullable<Evidence> = {
  base: aRedTestReport({ tests: [known] }),
  head: aRedTestReport({ ...head, tests: [known], counts: { passed: 0, failed: 1, skipped: 0 } }),
  failures: { known_red: [known], flaky: [], broken: [] },
  redefined_by: [],
};

describe("there is doubt about a change", () => {
  test.each<[string, Evidence, Partial<CodedChange>, readonly string[]]>([
    ["not when its tests pass, red or green before", proven, {}, []],
    [
      "when it was not finished",
      proven,
      { unfinished: "the limit of 60 turns is reached" },
      ["the work is unfinished, the limit of 60 turns is reached"],
    ],
    [
      "when nothing could be verified",
      null,
      {},
      ["nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)"],
    ],
    [
      "when all of them were skipped",
      { ...proven, head: aTestReport({ ...head, counts: { passed: 0, failed: 0, skipped: 12 } }) },
      {},
      ["`npm test` passes with this change, but it ran no test, so that nothing was verified"],
    ],
    [
      "when it broke the tests",
      { base: aTestReport(), head: aRedTestReport(head), redefined_by: [] },
      {},
      ["the tests pass on the base and fail with this change"],
    ],
    [
      "when the tests were red and stay so",
      { base: aRedTestReport(), head: aRedTestReport(head), redefined_by: [] },
      {},
      ["the tests fail with this change, as they do on the base"],
    ],
    [
      "when they end well although some failed, as a line of the change may want it",
      { base: aTestReport(), head: aTestReport({ counts: { passed: 10, failed: 2, skipped: 1 } }), redefined_by: [] },
      {},
      ["`npm test` passes with this change, but it counts 2 failed tests"],
    ],
    [
      "also where the same failed before, and was heard",
      { base: aRedTestReport(), head: aTestReport({ counts: aRedTestReport().counts }), redefined_by: [] },
      {},
      ["`npm test` passes with this change, but it counts a failed test"],
    ],
    [
      "not when the repository lets failures pass by itself",
      {
        base: aTestReport({ counts: aRedTestReport().counts }),
        head: aTestReport({ counts: aRedTestReport().counts }),
        redefined_by: [],
      },
      {},
      [],
    ],
    [
      "when only what fails on the base fails, and other tests did not run",
      { ...brokenOff, gone: { tests: [], more: 0, unexplained: 12 } },
      {},
      ["12 tests that ran on the base do not run with this change, and no test that it edits or deletes explains them"],
    ],
    [
      "not of fewer tests where the diff explains them, be others red as before or not",
      {
        ...brokenOff,
        head: aRedTestReport({ ...head, tests: [known], counts: { passed: 9, failed: 1, skipped: 0 } }),
        gone: { tests: [], more: 0, unexplained: 0 },
      },
      {},
      [],
    ],
    [
      "for every reason that there is",
      null,
      { unfinished: "the model declined: No,\n\n@mona, closes #5 <b>" },
      [
        "the work is unfinished, the model declined: No, @\u200bmona, closes\u200b #5 <\u200bb>",
        "nothing was verified, since the repository has no test command (set `test` in `.github/nightshift.yml`)",
      ],
    ],
  ])("%s", (_, evidence, changes, doubts) => {
    expect(doubtsAbout({ work: aCodedChange(changes), seen: evidence, findings: [] })).toEqual(doubts);
  });
});
