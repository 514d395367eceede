import { describe, expect, test } from "vitest";
import type { StopCause } from "../../../src/agent/stuck.ts";
import type { Evidence } from "../../../src/domain/evidence.ts";
import type { GuardFinding } from "../../../src/domain/guard-finding.ts";
import { budgetOf, decideNext, type Limits } from "../../../src/execution/decide-next.ts";
import { bestOf, type Decision, type Round } from "../../../src/execution/round.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../support/a-change.ts";
import { anIdleRound, aRound, green } from "../../support/a-round.ts";

const limits: Limits = {
  models: ["local/small", "claude/large"],
  maxRefinements: 2,
  isBug: false,
  confidence: 0.7,
  budget: { turns: 60, timeMs: 2_700_000 },
};
const alone: Limits = { ...limits, models: ["local/small"] };
const end: Decision = { next: "end" };
const refine = (refinement: number): Decision => ({
  ...{ next: "refine", refinement, of: 2, reason: "1 test fails with the change" },
});
const escalate = (why: "tests" | "stuck" | "invalid" | "turns" | "confidence", reason: string): Decision => ({
  ...{ next: "escalate", from: 1, why, reason },
});
const byLarge = { from: 1, model: "claude/large" };
const rounds = (count: number, of = aRound()): readonly Round[] => Array.from({ length: count }, () => of);

describe("when the tests fail with a change and not without it", () => {
  test("its model mends it, as often as the repository allows", () => {
    expect(decideNext(rounds(1), limits)).toEqual(refine(1));
    expect(decideNext(rounds(2), limits)).toEqual(refine(2));
  });

  test("the next model takes over after that, and may mend as often", () => {
    expect(decideNext(rounds(3), limits)).toEqual(escalate("tests", "1 test fails with the change"));
    expect(decideNext([...rounds(3), aRound({ work: byLarge })], limits)).toEqual(refine(1));
  });

  test("the work ends where the route does", () => {
    expect(decideNext(rounds(3), alone)).toEqual(end);
    expect(decideNext([...rounds(3), ...rounds(3, aRound({ work: byLarge }))], limits)).toEqual(end);
  });

  test("nothing is mended where the repository wants it so", () => {
    expect(decideNext(rounds(1), { ...limits, maxRefinements: 0 })).toMatchObject({ next: "escalate", why: "tests" });
    expect(decideNext(rounds(1), { ...alone, maxRefinements: 0 })).toEqual(end);
  });

  test("the model that follows is the one after whoever did the work in place of the first", () => {
    const inItsPlace = aRound({ work: { model: "claude/large" } });
    expect(decideNext(rounds(3, inItsPlace), limits)).toEqual(end);
    const three = { ...limits, models: [...limits.models, "openai/last"] };
    expect(decideNext(rounds(3, inItsPlace), three)).toMatchObject({ next: "escalate", from: 2 });
  });
});

describe("tests that are red on the base as well", () => {
  const base = aRedTestReport();
  const hanging = (output_tail: string) =>
    aRedTestReport({ timed_out: true, exit_code: null, counts: null, output_tail });
  test.each([
    ["as many fail", { base, head: aRedTestReport() }, "end"],
    ["fewer fail", { base: aRedTestReport({ counts: { passed: 1, failed: 3, skipped: 0 } }), head: base }, "end"],
    ["more fail", { base, head: aRedTestReport({ counts: { passed: 1, failed: 3, skipped: 0 } }) }, "refine"],
    [
      "it is something else that fails",
      { base, head: aRedTestReport({ counts: { passed: 12, failed: 0, skipped: 0 } }) },
      "refine",
    ],
    ["the set-up fails now", { base, head: aRedTestReport({ stage: "setup", counts: null }) }, "refine"],
    ["both hang, whatever they print", { base: hanging("a"), head: hanging("b") }, "end"],
    ["they hang now", { base, head: aRedTestReport({ timed_out: true, exit_code: null, counts: null }) }, "refine"],
    [
      "they print the same, but for numbers",
      {
        base: aRedTestReport({ counts: null, output_tail: "FAIL in 12 ms" }),
        head: aRedTestReport({ counts: null, output_tail: "FAIL in 7 ms" }),
      },
      "end",
    ],
    [
      "they print something else",
      {
        base: aRedTestReport({ counts: null, output_tail: "FAIL one" }),
        head: aRedTestReport({ counts: null, output_tail: "FAIL two" }),
      },
      "refine",
    ],
  ] as const)("tell of the change where %s", (_, reports, next) => {
    expect(decideNext([aRound({ seen: { ...reports, redefined_by: [] } })], limits).next).toBe(next);
  });
});

describe("an agent that was stopped", () => {
  const stopped = (stop: StopCause) => aRound({ work: { stop, unfinished: "it was stopped" }, seen: green });
  test.each<[StopCause, Decision]>([
    ["idle", escalate("stuck", "it was stopped")],
    ["repeating", escalate("stuck", "it was stopped")],
    ["overflow", escalate("stuck", "it was stopped")],
    ["malformed", escalate("invalid", "it was stopped")],
    ["turns", escalate("turns", "it was stopped")],
    ["time", end],
    ["money", end],
    ["declined", end],
    ["refused", end],
  ])("by %s", (stop, decision) => {
    expect(decideNext([stopped(stop)], limits)).toEqual(decision);
    expect(decideNext([stopped(stop)], alone)).toEqual(end);
  });

  test("before it changed anything", () => {
    expect(decideNext([anIdleRound({ stop: "turns" })], limits)).toEqual(escalate("turns", "Nothing was changed."));
  });
});

describe("a change that a rule does not let through", () => {
  const finding: GuardFinding = {
    rule: "deleted-tests",
    severity: "blocks",
    file: "a.test.js",
    line: null,
    text: "gone",
  };
  const reason = "`a.test.js`: gone";
  const blocked = (seen: Evidence) => aRound({ seen, findings: [finding, { ...finding, severity: "note" }] });
  const equallyRed = { base: aRedTestReport(), head: aRedTestReport(), redefined_by: [] };

  test.each([
    ["pass", green],
    ["are not there", null],
    ["fail as they do without it", equallyRed],
  ])("goes back to its model once where the tests %s, then to a person", (_, seen) => {
    expect(decideNext([blocked(seen)], limits)).toEqual({ ...refine(1), reason });
    expect(decideNext([blocked(seen), blocked(seen)], limits)).toEqual(end);
  });

  test("goes back for its tests where they fail with it, as often as for any", () => {
    const red = { base: aTestReport(), head: aRedTestReport(), redefined_by: [] };
    expect(decideNext([blocked(red), blocked(red)], limits)).toEqual(refine(2));
  });

  test("is a person's where nothing may be mended, or nothing is left to do it with", () => {
    expect(decideNext([blocked(green)], { ...limits, maxRefinements: 0 })).toEqual(end);
    const used = aRound({ work: { turns: 60 }, seen: green, findings: [finding] });
    expect(decideNext([used], limits)).toEqual(end);
  });

  test("is done with where it is a draft's or a note's finding only", () => {
    for (const severity of ["draft", "note"] as const) {
      expect(decideNext([aRound({ seen: green, findings: [{ ...finding, severity }] })], limits)).toEqual(end);
    }
  });

  test("is published only where no other round was let through", () => {
    const clean = aRound({ seen: green });
    expect(bestOf([clean, blocked(green)])).toBe(clean);
    const red = aRound();
    expect(bestOf([blocked(green), red])).toBe(red);
  });
});

describe("nothing follows", () => {
  test.each<[string, Round]>([
    ["tests that pass", aRound({ seen: green })],
    ["a coder that says what is missing and changes nothing", anIdleRound()],
    ["a change that nothing can verify", aRound({ seen: null })],
  ])("%s", (_, round) => {
    expect(decideNext([round], limits)).toEqual(end);
  });
});

describe("a coder that is not sure of a green change", () => {
  const unsure = (confidence: number): Round => {
    const { work } = aRound();
    if (work.status !== "changed") return expect.unreachable();
    return { work: { ...work, submission: { ...work.submission, confidence } }, seen: green, findings: [] };
  };
  const look = escalate("confidence", "the tests pass, but its coder is not sure of it (0.40)");

  test("gets another look by the next model", () => {
    expect(decideNext([unsure(0.4)], limits)).toEqual(look);
    expect(decideNext([unsure(0.7)], limits)).toEqual(end);
    expect(decideNext([unsure(0.4)], alone)).toEqual(end);
  });

  test("gets it once", () => {
    const three = { ...limits, models: [...limits.models, "openai/last"] };
    const second = { ...unsure(0.2), work: { ...unsure(0.2).work, ...byLarge } };
    expect(decideNext([{ ...unsure(0.4), decision: look }, second], three)).toEqual(end);
  });
});

describe("the limits of a run", () => {
  const used = (turns: number, timeMs: number, from = 0) => aRound({ work: { turns, timeMs, from } });

  test("leave each model an equal part of the turns, and the last one all that is left", () => {
    expect(budgetOf([], 0, limits)).toEqual({ turns: 30, timeMs: 2_700_000 });
    expect(budgetOf([used(10, 700_000)], 0, limits)).toEqual({ turns: 20, timeMs: 2_000_000 });
    expect(budgetOf([used(10, 700_000)], 1, limits)).toEqual({ turns: 50, timeMs: 2_000_000 });
    expect(budgetOf([used(10, 700_000), used(20, 0, 1)], 1, limits)).toEqual({ turns: 30, timeMs: 2_000_000 });
    expect(budgetOf([], 0, alone)).toEqual(limits.budget);
  });

  test("leave nothing where they are reached", () => {
    expect(budgetOf([used(60, 0)], 1, limits)).toBeUndefined();
    expect(budgetOf([used(1, 2_700_000)], 1, limits)).toBeUndefined();
  });

  test("pass a change that is to be mended on to the next model when its own has no turn left", () => {
    expect(decideNext([used(30, 0)], limits)).toEqual(escalate("turns", "1 test fails with the change"));
  });

  test("end the work", () => {
    expect(decideNext([used(60, 0)], limits)).toEqual(end);
    expect(decideNext([used(60, 0)], alone)).toEqual(end);
    expect(decideNext([used(5, 2_700_000)], limits)).toEqual(end);
  });
});

test("nothing is decided before the first round", () => {
  expect(decideNext([], limits)).toEqual(end);
});

describe("where tests are known by name", () => {
  const base = aRedTestReport();
  const failed = (name: string) => ({ name, status: "failed" as const });
  const seen = (known_red: readonly string[], broken: readonly string[]) => ({
    ...{ passed: broken.length === 0, base, head: aRedTestReport(), redefined_by: [] },
    failures: { known_red: known_red.map(failed), flaky: [], broken: broken.map(failed) },
  });

  test("what was red before ends the work as green would", () => {
    expect(decideNext([aRound({ seen: seen(["a"], []) })], limits)).toEqual(end);
  });

  test("as many failures as before are mended when they are others", () => {
    expect(decideNext([aRound({ seen: seen([], ["b"]) })], limits)).toEqual(refine(1));
  });
});

describe("a bug whose tests are as red as before", () => {
  const ofBug: Limits = { ...limits, isBug: true };
  const failed = (name: string) => ({ name, status: "failed" as const });
  const regression = { files: [], report: null, tests: [], shown: false };
  const byName = (known: number) => ({
    ...{ passed: true, base: aRedTestReport(), head: aRedTestReport(), redefined_by: [], regression },
    failures: { known_red: Array.from({ length: known }, (_, n) => failed(`t${n}`)), flaky: [], broken: [] },
  });
  const byCount = { base: aRedTestReport(), head: aRedTestReport(), redefined_by: [] };
  const fewer = { ...byCount, base: aRedTestReport({ counts: { passed: 1, failed: 2, skipped: 0 } }) };
  const again = { ...refine(1), reason: "no test shows that the bug is mended" };

  test.each([
    ["known by name", byName(2)],
    ["only counted", byCount],
  ])("goes back to its coder once, where they are %s", (_, seen) => {
    expect(decideNext([aRound({ seen })], ofBug)).toEqual(again);
    expect(decideNext([aRound({ seen }), aRound({ seen })], ofBug)).toEqual(end);
    expect(decideNext([aRound({ seen })], { ...ofBug, maxRefinements: 0 })).toEqual(end);
    expect(decideNext([aRound({ seen, work: { turns: 60 } })], ofBug)).toEqual(end);
  });

  test.each<[string, NonNullable<Evidence>]>([
    ["another test shows it", { ...byName(2), regression: { ...regression, shown: true } }],
    ["so much is red that it has hardly to do with it", byName(11)],
    ["fewer fail than before", fewer],
    [
      "they could not be run at all",
      { ...byCount, base: { ...byCount.base, stage: "setup" }, head: { ...byCount.head, stage: "setup" } },
    ],
  ])("ends where %s", (_, seen) => {
    expect(decideNext([aRound({ seen })], ofBug)).toEqual(end);
  });

  test("ends where the coder says why no test can show it, and where the ticket is no bug", () => {
    const { submission } = aCodedChange();
    const said = { submission: { ...submission, no_regression_test_because: "It is a typo." } };
    expect(decideNext([aRound({ seen: byName(2), work: said })], ofBug)).toEqual(end);
    expect(decideNext([aRound({ seen: byCount })], limits)).toEqual(end);
  });

  test("is mended as often as any where the ticket names them", () => {
    const failures = { known_red: [], flaky: [], broken: [], asked: [failed("a")] };
    const seen = { ...byCount, passed: false, failures };
    const reason = "a test that the ticket names is still red";
    expect(decideNext(rounds(2, aRound({ seen })), limits)).toEqual({ ...refine(2), reason });
    expect(decideNext(rounds(3, aRound({ seen })), limits)).toEqual(escalate("tests", reason));
  });
});

describe("a check besides the tests", () => {
  const report = (passed: boolean) => ({ exit_code: 1, timed_out: false, passed, duration_ms: 5, output_tail: "" });
  const seen = (passed: boolean, onBase: boolean) => ({
    ...{ base: aTestReport(), head: aTestReport(), redefined_by: [], passed },
    checks: [{ name: "lint" as const, command: "lint", base: report(onBase), head: report(false) }],
  });

  test("is mended when it fails with the change only", () => {
    expect(decideNext([aRound({ seen: seen(false, true) })], limits)).toEqual({
      ...{ next: "refine", refinement: 1, of: 2, reason: "the linter fails with the change" },
    });
  });

  test("is left alone when it fails on the base too", () => {
    expect(decideNext([aRound({ seen: seen(true, false) })], limits)).toEqual(end);
  });
});
