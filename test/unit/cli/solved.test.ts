import { expect, test } from "vitest";
import { solved } from "../../../src/cli/solved.ts";
import type { RunRecord } from "../../../src/domain/run-record.ts";
import { aRedTestReport, aTestReport } from "../../support/a-change.ts";

const repository = {
  path: "/home/ada/shop",
  base: "main",
  baseSha: "a".repeat(40),
  gitDir: "/home/ada/shop/.git",
  bare: false,
};
const call = { runId: "3f2a", resumed: false, repository, uncommitted: false };
const check = { exit_code: 0, timed_out: false, passed: true, duration_ms: 1, output_tail: "" };

const record: RunRecord = {
  ticket: {
    id: "/home/ada/shop#7",
    type: "bug",
    priority: "low",
    context: { repo: "shop", filepaths: [] },
    acceptance_criteria: [],
  },
  ...{ status: "succeeded", reason: "fix/it", turns: 3, cost_usd: 0.5, duration_ms: 1500 },
  pull_request: { number: null, branch: "fix/it", head_sha: "b".repeat(40), url: "fix/it", draft: false },
  evidence: {
    base: aTestReport(),
    head: aTestReport(),
    checks: [{ name: "lint", command: "npm run lint", base: null, head: check }],
    redefined_by: [],
    regression: {
      files: ["a.test.js"],
      report: aRedTestReport(),
      tests: ["one", "two", "three", "four"].map((name) => ({ name, base: "failed", head: "passed" })),
      shown: true,
    },
  },
  findings: [{ rule: "unrelated", severity: "note", file: "b.js", line: 4, text: "only spaces are changed" }],
  sandbox: "docker",
  model: "played/one",
};

const lines = (of: RunRecord) => solved(call, of, "/record").text.split("\n");

test("all that a machine saw of the change is said", () => {
  expect(lines(record).filter((line) => /^ {2}(Proof|Check|Look at)/.test(line))).toEqual([
    "  Proof    red without the change, green with it: “one”, “two”, “three” and 1 more",
    "  Check    green: npm run lint",
    "  Look at  b.js:4: only spaces are changed",
  ]);
});

test("a bug that no test shows is not called proven", () => {
  const { evidence } = record;
  const regression = { files: [], report: null, tests: [], shown: false };
  const unproven = { ...record, evidence: evidence && { ...evidence, checks: [], regression }, findings: [] };
  expect(lines(unproven)).toContain("  Proof    none: no test shows the bug");
  const redBefore = evidence && { ...evidence, base: aRedTestReport(), checks: [], regression };
  expect(lines({ ...unproven, evidence: redBefore })).toContain(
    "  Proof    red without the change, green with it: the tests as a whole, none of the change's own by name",
  );
  expect(lines({ ...record, evidence: null })).toContain("  Tests    not run: no command is known; --test says one");
});

test("what is not begun says how to begin it", () => {
  const told = { status: "waiting", reason: "`.github/nightshift.yml` cannot be used", turns: 1 } as const;
  const of: RunRecord = { ...record, ...told, evidence: null, pull_request: null, findings: [] };
  expect(lines(of)).toEqual(
    expect.arrayContaining([
      "The run ended waiting: `.github/nightshift.yml` cannot be used",
      "Settle that, then ask again. What stands in the repository counts as it is committed.",
      "  Tests    not run",
      "  Model    played/one: 1 turn, $0.5000",
    ]),
  );
});

test("what was kept of a run that failed is on its branch, and no test command is missed", () => {
  const said = lines({ ...record, status: "failed", reason: "The key is wrong.", evidence: null });
  expect(said).toContain("  Tests    not run");
  expect(said).toContain(`  Branch   fix/it at ${"b".repeat(12)}, in /home/ada/shop`);
});
