import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { evidenceLines } from "../../../../src/execution/wording/evidence-lines.ts";
import { failureLines } from "../../../../src/execution/wording/failure-lines.ts";
import { testCheck } from "../../../../src/execution/wording/test-check.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../../support/a-change.ts";

type Seen = NonNullable<Evidence>;
const failed = (name: string): TestResult => ({ name, file: "cart.test.ts", status: "failed" });
const seen = (more: Partial<Seen> = {}): Seen => ({
  ...{ passed: true, base: aRedTestReport(), head: aRedTestReport({ commit: "b".repeat(40) }), redefined_by: [] },
  ...more,
});
const apart = (broken: readonly string[], flaky: readonly string[], known: readonly string[]) => ({
  failures: { broken: broken.map(failed), flaky: flaky.map(failed), known_red: known.map(failed) },
});
const regression = { files: [], report: null, tests: [], shown: false };
const doubts = (of: Seen) => doubtsAbout({ work: aCodedChange(), seen: of, findings: [] });

describe("the failed tests of a pull request", () => {
  test("are told apart, by names that break out of nothing", () => {
    expect(failureLines(seen(apart(["a `b` | @mona\nclose #1"], ["c"], ["d"])))).toEqual([
      ...["| Test | Base | Change | |", "|---|---|---|---|"],
      "| `cart.test.ts: a 'b' \\| @mona close #1` | not red | 🔴 failed | broken by the change |",
      "| `cart.test.ts: c` | not red | 🟡 both | flaky: failed once and passed once, not counted |",
      ...["| `cart.test.ts: d` | 🔴 failed | 🔴 failed | red without the change too, not counted |", ""],
    ]);
  });

  test("are cut where they are too many to read", () => {
    const lines = failureLines(
      seen(
        apart(
          Array.from({ length: 30 }, (_, n) => `t${n}`),
          [],
          [],
        ),
      ),
    );
    expect(lines.slice(-2)).toEqual(["| and 10 more | | | broken by the change |", ""]);
    expect(lines).toHaveLength(24);
  });
});

describe("a bug", () => {
  test.each<[string, Partial<NonNullable<Seen["regression"]>>, string]>([
    ["without a test", {}, "No test of the change shows the bug: it brings none."],
    [
      "with tests that show nothing",
      { files: ["a"] },
      "No test of the change shows the bug: those that it brings pass without it.",
    ],
    ["shown by the exit code", { shown: true }, "The tests of the change fail on the base and pass with it."],
  ])("%s says so", (_, more, line) => {
    expect(failureLines(seen({ regression: { ...regression, ...more } }))[0]).toBe(line);
  });
});

describe("there is doubt", () => {
  test("not about tests that were red before", () => {
    expect(doubts(seen(apart([], ["c"], ["d"])))).toEqual([]);
    expect(testCheck(seen(apart([], [], ["d"]))).conclusion).toBe("success");
  });

  test("about a bug where they are all there is", () => {
    expect(doubts(seen({ ...apart([], [], ["d"]), regression }))).toEqual([
      "tests that fail on the base fail with this change too, and none shows that the bug is mended",
    ]);
    expect(doubts(seen({ ...apart([], [], ["d"]), regression: { ...regression, shown: true } }))).toEqual([]);
  });

  test("about what the ticket names, by name", () => {
    const asked = ["a", "b", "c", "`d`"].map(failed);
    const of = seen({ passed: false, failures: { ...apart([], [], ["d"]).failures, asked } });
    expect(doubts(of)).toEqual(["what the ticket names still fails: `a`, `b`, `c` and more"]);
    expect(failureLines(of)[2]).toBe(
      "| `cart.test.ts: a` | 🔴 failed | 🔴 failed | named by the ticket, and still red |",
    );
  });

  test("not about a bug whose tests only come and go", () => {
    expect(doubts(seen({ ...apart([], ["c"], []), regression }))).toEqual([]);
  });

  test("about tests that others were red before", () => {
    expect(doubts(seen({ ...apart(["a"], [], ["d"]), passed: false }))).toEqual([
      "tests fail with this change that do not fail on the base",
    ]);
    expect(testCheck(seen({ passed: false })).conclusion).toBe("failure");
  });

  test("about a linter that fails with the change only", () => {
    const report = (passed: boolean) => ({
      exit_code: 1,
      timed_out: false,
      passed,
      duration_ms: 1200,
      output_tail: "1:wrong",
    });
    const lint = { name: "lint", command: "lint a|b", base: report(true), head: report(false) } as const;
    const of = seen({ head: aTestReport(), passed: false, checks: [lint] });
    expect(doubts(of)).toEqual(["`lint a|b` fails with this change and passes on the base"]);
    const known = { ...of, checks: [{ ...lint, base: report(false) }] };
    expect(doubts(known)).toEqual([]);
    expect(evidenceLines(known)).toContain(
      "| Linter, change | aaaaaaaaaaaa | `lint a\\|b` | 🔴 failed as on the base, not counted | 1 | | 1.2 s |",
    );
    const lines = evidenceLines(of);
    expect(lines).toContain("| Linter, base | aaaaaaaaaaaa | `lint a\\|b` | 🟢 passed | 1 | | 1.2 s |");
    expect(lines).toContain("| Linter, change | aaaaaaaaaaaa | `lint a\\|b` | 🔴 failed | 1 | | 1.2 s |");
    expect(lines).toContain("<summary>Output on the change (linter)</summary>");
  });
});
