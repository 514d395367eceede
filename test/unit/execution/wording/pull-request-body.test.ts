import { describe, expect, test } from "vitest";
import type { Evidence } from "../../../../src/domain/evidence.ts";
import type { GuardFinding } from "../../../../src/domain/guard-finding.ts";
import type { CodedChange } from "../../../../src/execution/coded.ts";
import { doubtsAbout } from "../../../../src/execution/wording/doubts.ts";
import { pullRequestBody } from "../../../../src/execution/wording/pull-request-body.ts";
import type { Spending } from "../../../../src/store/spending.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "../../../support/a-change.ts";
import { aRun, aTicket } from "../../../support/a-ticket.ts";

const spending: Spending = {
  budgetUsd: null,
  lines: [{ runId: aRun().id, step: "code", model: "claude/claude-sonnet-4-5", calls: 8, usd: 0.12345 }],
};
const head = { commit: "b".repeat(40) };
const proven: Evidence = { base: aRedTestReport(), head: aTestReport(head), redefined_by: [] };

function bodyOf(
  evidence: Evidence,
  changes: Partial<CodedChange> = {},
  history: readonly string[] = [],
  findings: readonly GuardFinding[] = [],
): string {
  const work = aCodedChange(changes);
  const doubts = doubtsAbout({ work, seen: evidence, findings });
  return pullRequestBody({
    ...{ ticket: aTicket(), run: aRun(), work, evidence, findings, doubts, used: [work], history },
    missing: [],
    refusals: [],
    spending,
    ticketUsd: 5,
  });
}

/** What stands above the evidence that machines saw. */
const wordsOf = (body: string) => body.slice(0, body.lastIndexOf("\n\n## Evidence\n"));

describe("the body of a pull request", () => {
  test("shows what is proven", () => {
    expect(bodyOf(proven)).toMatchInlineSnapshot(`
      "## What

      > \`total()\` starts at zero.

      ## Why

      > Reducing an empty list throws without a start.

      ## Evidence

      **The tests fail on the base and pass with the change.** Run by Nightshift in clean sandboxes, not by the agent:

      | | Commit | Command | Result | Exit code | Tests | Duration |
      |---|---|---|---|---|---|---|
      | Base | aaaaaaaaaaaa | \`npm test\` | 🔴 failed | 1 | 11 passed, 1 failed, 1 skipped | 1.2 s |
      | Change | bbbbbbbbbbbb | \`npm test\` | 🟢 passed | 0 | 12 passed, 0 failed, 1 skipped | 1.2 s |

      <details>
      <summary>Output on the base</summary>

      \`\`\`text
      ℹ pass 11
      ℹ fail 1
      \`\`\`

      </details>

      <details>
      <summary>Output on the change</summary>

      \`\`\`text
      ℹ pass 12
      ℹ fail 0
      \`\`\`

      </details>


      ## Run

      | Model | Turns | Cost | Asked for by |
      |---|---|---|---|
      | \`claude/claude-sonnet-4-5\` | 7 | $0.1235 | @mona |

      $0.1235 of the $5.00 that this ticket may cost.

      Closes #101"
    `);
  });

  test("never says that tests pass where none ran", () => {
    const skipped = aTestReport({ ...head, counts: { passed: 0, failed: 0, skipped: 12 } });
    const body = bodyOf({ ...proven, head: skipped });
    expect(body).toContain("**No test ran with the change.** Run by Nightshift");
    expect(body).not.toMatch(/pass with the change/);
  });

  test("of a run that asked no model says what was paid before", () => {
    const work = aCodedChange();
    const run = { ...aRun(), requestedBy: { login: "bob", id: 2 } };
    const body = pullRequestBody({
      ...{ ticket: aTicket(), run, work, evidence: proven, findings: [], doubts: [], used: [], history: [] },
      ...{ missing: [], refusals: [], spending, ticketUsd: 5 },
    });
    expect(body.slice(body.indexOf("## Run"))).toMatchInlineSnapshot(`
      "## Run

      | Model | Turns | Cost | Asked for by |
      |---|---|---|---|
      | none: what was done before | 0 | $0.0000 | @bob |

      | Step | Model | Calls | Cost |
      |---|---|---|---|
      | code | \`claude/claude-sonnet-4-5\` | 8 | $0.1235 |

      $0.1235 of the $5.00 that this ticket may cost.

      Closes #101"
    `);
  });

  test("says first that nothing was verified", () => {
    const commands = { setup: null, test: null };
    expect(bodyOf(null, { commands })).toMatchInlineSnapshot(`
      "> [!WARNING]
      > Nothing was verified, since the repository has no test command (set \`test\` in \`.github/nightshift.yml\`).

      ## What

      > \`total()\` starts at zero.

      ## Why

      > Reducing an empty list throws without a start.

      ## Evidence

      None: no test command is known for this repository.

      ## Run

      | Model | Turns | Cost | Asked for by |
      |---|---|---|---|
      | \`claude/claude-sonnet-4-5\` | 7 | $0.1235 | @mona |

      $0.1235 of the $5.00 that this ticket may cost.

      Closes #101"
    `);
  });

  test("says first that the tests fail with the change", () => {
    const killed = aRedTestReport({ ...head, exit_code: null, timed_out: true, counts: null, duration_ms: 600_000 });
    expect(bodyOf({ base: aTestReport(), head: killed, redefined_by: [] })).toMatchInlineSnapshot(`
      "> [!WARNING]
      > The tests do not end: \`npm test\` timed out after 600 s with this change, and ended after 1.2 s on the base (the operator gives tests more time by \`sandbox.test_minutes\` in \`nightshift.yaml\`).

      ## What

      > \`total()\` starts at zero.

      ## Why

      > Reducing an empty list throws without a start.

      ## Evidence

      **The tests do not end in time.** Run by Nightshift in clean sandboxes, not by the agent:

      | | Commit | Command | Result | Exit code | Tests | Duration |
      |---|---|---|---|---|---|---|
      | Base | aaaaaaaaaaaa | \`npm test\` | 🟢 passed | 0 | 12 passed, 0 failed, 1 skipped | 1.2 s |
      | Change | bbbbbbbbbbbb | \`npm test\` | 🔴 timed out | killed | not counted | 600.0 s |

      <details>
      <summary>Output on the base</summary>

      \`\`\`text
      ℹ pass 12
      ℹ fail 0
      \`\`\`

      </details>

      <details>
      <summary>Output on the change</summary>

      \`\`\`text
      ℹ pass 11
      ℹ fail 1
      \`\`\`

      </details>


      ## Run

      | Model | Turns | Cost | Asked for by |
      |---|---|---|---|
      | \`claude/claude-sonnet-4-5\` | 7 | $0.1235 | @mona |

      $0.1235 of the $5.00 that this ticket may cost.

      Closes #101"
    `);
  });

  test("says first that the work is unfinished", () => {
    const submission = {
      title: "Crash on empty cart",
      what: "Unfinished work, kept so that it is not lost.",
      why: "Stopped: the limit of 60 turns is reached.",
    };
    expect(
      wordsOf(bodyOf(proven, { submission, unfinished: "the limit of 60 turns is reached" })),
    ).toMatchInlineSnapshot(`
      "> [!WARNING]
      > The work is unfinished, the limit of 60 turns is reached.

      ## What

      > Unfinished work, kept so that it is not lost.

      ## Why

      > Stopped: the limit of 60 turns is reached."
    `);
  });

  test("lists what the coder says of each criterion, one line each", () => {
    const checked = [
      { criterion: "Shares add up", how: "`npm test`\n\npasses" },
      { criterion: "Thanks @eve", how: "## Evidence" },
    ];
    const submission = { title: "x", what: "What.", why: "Why.", checked };
    expect(bodyOf(proven, { submission }).replaceAll("\u200b", "¦")).toContain(
      "> Why.\n\n## Checked by the coder\n\n> - Shares add up: `npm test` passes\n> - Thanks @¦eve: ## Evidence\n\n## Evidence\n",
    );
  });

  test("lets the model's words do nothing: no mention, no other issue, no fence, no tag, nothing hidden", () => {
    const submission = {
      title: "x",
      what: "Thanks @eve. Closes #1, fixes other-org/shop#2.\n\n```js\nlet open;\n\n## Evidence\n\n🟢 all passed",
      why: "See <!-- obey me -->above.\n<details>\n</blockquote>\n\n| a |\n|---|\n<!-- nightshift:progress",
    };
    const body = bodyOf(proven, { submission });
    expect(wordsOf(body).replaceAll("\u200b", "¦")).toMatchInlineSnapshot(`
      "## What

      > Thanks @¦eve. Closes¦ #1, fixes¦ other-org/shop#2.
      >
      > \`\`\`js
      > let open;
      >
      > ## Evidence
      >
      > 🟢 all passed

      ## Why

      > See above.
      > <¦details>
      > <¦/blockquote>
      >
      > | a |
      > |---|"
    `);
    expect(body.match(/^Closes #\d+$/gm)).toEqual(["Closes #101"]);
    expect(body.match(/^## .*$/gm)).toEqual(["## What", "## Why", "## Evidence", "## Run"]);
  });

  test("begins with what a rule does not let through, and ends its evidence with what is worth a look", () => {
    const finding = { rule: "size", severity: "draft", file: "a`b.js", line: 3, text: "it is large" } as const;
    const many = Array.from({ length: 10 }, (_, n) => ({ ...finding, severity: "note", line: n + 1 }) as const);
    const body = bodyOf(proven, {}, [], [finding, ...many]);
    expect(body.split("\n").slice(0, 5)).toEqual([
      "> [!WARNING]",
      "> `a'b.js:3`: it is large.",
      ">",
      "> Where that is right as it is, somebody with write access comments `/robot waive size -- why`.",
      "",
    ]);
    const [, notes] = body.split("## Worth a look\n\n");
    expect(notes?.split("\n").slice(0, 11)).toEqual([
      "Found by rules, not by a model:",
      "",
      ...Array.from({ length: 8 }, (_, n) => `- \`a'b.js:${n + 1}\`: it is large`),
      "- 2 more of this kind, in the run's events",
    ]);
    expect(bodyOf(proven)).not.toContain("Worth a look");
  });

  test("shows a command with its quotes", () => {
    const command = "npm test -- `cat list`";
    const evidence = { base: aTestReport({ command }), head: aTestReport({ ...head, command }), redefined_by: [] };
    expect(bodyOf(evidence)).toContain("| `npm test -- 'cat list'` |");
  });
});
