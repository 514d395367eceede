import { describe, expect, test } from "vitest";
import type { Check, Evidence } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { tellFailures } from "../../../../src/execution/proof/tell-failures.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

type Seen = NonNullable<Evidence>;
const failed = (name: string, message?: string): TestResult => ({
  ...{ name, file: "cart.test.ts", status: "failed" },
  ...(message !== undefined && { message }),
});
const seen = (more: Partial<Seen>): Seen => ({
  base: aTestReport(),
  head: aRedTestReport(),
  redefined_by: [],
  ...more,
});
const apart = (broken: readonly TestResult[], known_red: readonly TestResult[] = []) => ({
  failures: { broken: [...broken], known_red: [...known_red], flaky: [] },
});
const report = (passed: boolean, output_tail = "") => ({
  exit_code: 1,
  timed_out: false,
  passed,
  duration_ms: 1,
  output_tail,
});
const lint: Check = { name: "lint", command: "npm run lint", base: report(true), head: report(false, "1:wrong") };

describe("a coder is told", () => {
  test("which tests its change breaks and why, then what was printed", () => {
    expect(
      tellFailures(seen(apart([failed("adds up", "99 !== 100\n  at cart.ts:3")], [failed("is old", "boom")]))),
    ).toBe(
      [
        "Tests that fail with the change and not without it:",
        '<untrusted source="failed tests">',
        "- cart.test.ts: adds up",
        "  99 !== 100",
        "    at cart.ts:3",
        "</untrusted>",
        "",
        "`npm test` said:",
        '<untrusted source="test output">',
        "ℹ pass 11",
        "ℹ fail 1",
        "</untrusted>",
      ].join("\n"),
    );
  });

  test("nothing of groups that fail over their tests", () => {
    const told = tellFailures(seen(apart([failed("cart > adds up"), { name: "cart", status: "failed" }])));
    expect(told).toContain("- cart.test.ts: cart > adds up\n</untrusted>");
  });

  test("what failed where it cannot be told apart", () => {
    const head = aRedTestReport({ tests: [failed("adds up"), { name: "fine", status: "passed" }] });
    expect(tellFailures(seen({ head }))).toContain(
      'Tests that fail:\n<untrusted source="failed tests">\n- cart.test.ts: adds up\n</untrusted>',
    );
  });

  test("only what was printed where no test is named", () => {
    expect(tellFailures(seen({}))).toMatch(/^`npm test` said:\n/);
  });

  test("that the tests did not end", () => {
    const head = aRedTestReport({ timed_out: true, exit_code: null, output_tail: "waiting" });
    expect(tellFailures(seen({ head }))).toContain("`npm test` did not end in time and was killed. It said:\n");
  });

  test("of another check that fails, and nothing of tests that were red before", () => {
    const known = { head: aRedTestReport(), ...apart([], [failed("is old")]), checks: [lint] };
    expect(tellFailures(seen(known))).toBe(
      '`npm run lint` fails with the change. It said:\n<untrusted source="output">\n1:wrong\n</untrusted>',
    );
  });

  test("what the ticket names and is red still", () => {
    const failures = {
      ...apart([failed("is new")], [failed("is old")]).failures,
      asked: [failed("adds up", "99 !== 100")],
    };
    const told = tellFailures(seen({ failures }));
    expect(told).toContain("Tests that the ticket names, which fail as they do without the change:\n");
    expect(told).toContain("- cart.test.ts: adds up\n  99 !== 100\n");
    expect(told).not.toContain("is old");
  });

  test("of a bug that nothing shows to be mended what was red before", () => {
    const regression = { files: [], report: null, tests: [], shown: false };
    const told = tellFailures(seen({ ...apart([], [failed("is old", "boom")]), regression }));
    expect(told).toContain("Tests that fail as they do without the change:\n");
    expect(told).toContain("- cart.test.ts: is old\n  boom\n");
    expect(told).toContain("`npm test` said:\n");
  });

  test("nothing of a check that fails without the change too", () => {
    const typecheck: Check = { ...lint, name: "typecheck", base: report(false) };
    expect(tellFailures(seen({ head: aTestReport(), checks: [typecheck] }))).toBe("");
  });

  test("what went wrong also where that stands far down in a message", () => {
    const calls = Array.from({ length: 40 }, (_, n) => `    at somewhere (lib/file.js:${n}:1)`).join("\n");
    const told = tellFailures(
      seen(apart([failed("adds up", `Cannot be read\n${calls}\nSyntaxError: unexpected )\n`)])),
    );
    expect(told).toContain("  Cannot be read\n");
    expect(told).toContain("  […]\n  SyntaxError: unexpected )\n");
    expect(told.length).toBeLessThan(800);
  });

  test("no more than it can read", () => {
    const many = Array.from({ length: 900 }, (_, n) => failed(`test ${n} ${"x".repeat(250)}`, "y".repeat(2000)));
    const told = tellFailures(seen(apart(many)));
    expect(told).toContain("- and 880 more");
    expect(told.length).toBeLessThan(30_000);
  });
});
