import { describe, expect, test } from "vitest";
import { decideNext, type Limits } from "../../../../src/execution/decide-next.ts";
import { cannotRun, missingCommand } from "../../../../src/execution/proof/cannot-run.ts";
import type { TestedRound } from "../../../../src/execution/round.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { resultOf } from "../../../../src/execution/wording/round-lines.ts";
import { testCheck } from "../../../../src/execution/wording/test-check.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../../support/a-change.ts";
import { aRound } from "../../../support/a-round.ts";

const ended = (exit_code: number, output_tail: string, more: object = {}) =>
  aRedTestReport({ exit_code, output_tail, counts: null, ...more });

const noScript =
  'npm error Missing script: "test"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run';

describe("a test command that is not there", () => {
  test.each([
    ["npm", 1, noScript, 'npm error Missing script: "test"'],
    ["pnpm", 1, " ERR_PNPM_NO_SCRIPT  Missing script: test", "ERR_PNPM_NO_SCRIPT  Missing script: test"],
    ["yarn 1", 1, 'yarn run v1.22.22\nerror Command "test" not found.', 'error Command "test" not found.'],
    ["python", 1, "/usr/bin/python3: No module named pytest", "/usr/bin/python3: No module named pytest"],
    ["make", 2, "make: *** No rule to make target 'test'.  Stop.", "make: *** No rule to make target 'test'.  Stop."],
    ["sh", 127, "> shop@1.0.0 test\n> vitest run\n\nsh: 1: vitest: not found", "sh: 1: vitest: not found"],
    ["bash", 127, "bash: line 1: tox: command not found", "bash: line 1: tox: command not found"],
    ["a file without the right", 126, "sh: 1: ./gradlew: Permission denied", "sh: 1: ./gradlew: Permission denied"],
    ["nobody", 127, "", ""],
  ])("is known by what %s says", (_, exitCode, output, said) => {
    expect(missingCommand(ended(exitCode, output))).toBe(said);
  });

  test.each([
    ["tests failed", aRedTestReport()],
    [
      "tests ran before the command that is missing",
      ended(127, "sh: 1: nyc: not found", { counts: { passed: 3, failed: 0, skipped: 0 } }),
    ],
    ["a test is named", ended(127, "", { tests: [{ name: "a", status: "failed" }] })],
    ["it passed", aTestReport({ output_tail: 'npm error Missing script: "e2e"' })],
    ["a test could not import what it needs", ended(1, "ModuleNotFoundError: No module named 'requests'")],
    ["it was killed for its time", ended(127, "sh: not found", { timed_out: true })],
    ["it was the set-up that failed", ended(127, "sh: 1: npm: not found", { stage: "setup" })],
    ["it failed over something else", ended(1, "Error: Cannot find module './missing.js'")],
  ])("is not what is seen where %s", (_, report) => {
    expect(missingCommand(report)).toBeUndefined();
  });
});

describe("a change whose test command is there neither with it nor without it", () => {
  const limits: Limits = {
    ...{ models: ["local/small", "claude/large"], maxRefinements: 2, isBug: true, confidence: 0.7 },
    budget: { turns: 60, timeMs: 2_700_000 },
  };
  const report = ended(1, noScript);
  const seen = { base: report, head: { ...report, output_tail: `${noScript}\nelsewhere` }, redefined_by: [] };
  const round: TestedRound = { work: aCodedChange(), seen, findings: [] };

  test("is not sent back, also where it is a bug's", () => {
    expect(decideNext([aRound({ seen })], limits)).toEqual({ next: "end" });
    expect(decideNext([aRound({ seen })], { ...limits, isBug: false })).toEqual({ next: "end" });
  });

  test("is told with what is wrong and where to set it", () => {
    expect(doubtsAbout(round)).toEqual([
      'nothing was verified, since `npm test` cannot be run in the sandbox (exit code 1, `npm error Missing script: "test"`), on the base neither: set `test` in `.github/nightshift.yml` to the command that runs the tests, or `setup` to one that installs what it needs',
    ]);
    expect(resultOf(seen)).toBe("the test command cannot be run, on the base neither");
    expect(testCheck(seen).title).toBe("Nothing was verified: the test command cannot be run");
  });

  test("is another matter where the change itself took the command away", () => {
    const taken = { ...seen, base: aTestReport() };
    expect(cannotRun(taken)).toBe(false);
    expect(decideNext([aRound({ seen: taken })], limits)).toMatchObject({ next: "refine" });
    expect(doubtsAbout({ ...round, seen: taken })).toEqual(["the tests pass on the base and fail with this change"]);
  });
});
