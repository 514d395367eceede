import { describe, expect, test } from "vitest";
import { asks } from "../../../../src/domain/asks.ts";
import type { Outcome } from "../../../../src/domain/run.ts";
import { askedBody, type Phase, progressBody } from "../../../../src/execution/wording/progress-comment.ts";
import { aRun } from "../../../support/a-ticket.ts";

const bodyAt = (at: Phase | Outcome) => progressBody(aRun(), at, "ready-for-robot");

describe("the comment on the issue tells while the work goes on", () => {
  test("that it is coded", () => {
    expect(bodyAt("coding")).toMatchInlineSnapshot(`
      "Nightshift is working on this for @mona.

      - [ ] Coding in a sandbox …
      - [ ] Running the repository's own tests on the base and on the change
      - [ ] Pull request"
    `);
  });

  test("how far the coder is by its own plan, in words that do nothing", () => {
    const plan = [
      { text: "See @mona's failure", status: "done" },
      { text: "Mend\n- [x] it", status: "doing" },
      { text: "Test <b>it</b>", status: "open" },
    ] as const;
    const body = progressBody(aRun(), "coding", "ready-for-robot", [], plan);
    expect(body.replaceAll("\u200b", "¦")).toMatchInlineSnapshot(`
      "Nightshift is working on this for @mona.

      - [ ] Coding in a sandbox …
        - [x] See @¦mona's failure
        - [ ] Mend - [x] it …
        - [ ] Test <¦b>it<¦/b>
      - [ ] Running the repository's own tests on the base and on the change
      - [ ] Pull request"
    `);
  });

  test("that it is tested", () => {
    expect(bodyAt("testing")).toMatchInlineSnapshot(`
      "Nightshift is working on this for @mona.

      - [x] Coding in a sandbox
      - [ ] Running the repository's own tests on the base and on the change …
      - [ ] Pull request"
    `);
  });
});

describe("and in the end", () => {
  test("where the pull request is", () => {
    expect(bodyAt({ status: "succeeded", summary: "https://github.com/acme/shop/pull/102" })).toMatchInlineSnapshot(
      `"Done for @mona: https://github.com/acme/shop/pull/102 is tested and ready to be reviewed."`,
    );
  });

  test("what a person has to decide", () => {
    expect(bodyAt({ status: "needs_human", reason: "The coder changed nothing." })).toMatchInlineSnapshot(`
      "This needs a person, @mona.

      The coder changed nothing.

      To start over, remove the label \`ready-for-robot\` and add it again."
    `);
  });

  test("what was spent on what, above how to go on", () => {
    const end = { status: "needs_human", reason: "The budget is used up." } as const;
    expect(progressBody(aRun(), end, "ready-for-robot", ["| a table |", "", "$5 of $5."])).toMatchInlineSnapshot(`
      "This needs a person, @mona.

      The budget is used up.

      | a table |

      $5 of $5.

      To start over, remove the label \`ready-for-robot\` and add it again."
    `);
  });

  test("what it waits for", () => {
    const reason = "`.github/nightshift.yml` cannot be used:\n\n```text\nline 2: unknown key tests\n```";
    expect(bodyAt({ status: "waiting", reason })).toMatchInlineSnapshot(`
      "Nightshift cannot go on with this yet, @mona.

      \`.github/nightshift.yml\` cannot be used:

      \`\`\`text
      line 2: unknown key tests
      \`\`\`

      When it is mended, remove the label \`ready-for-robot\` and add it again."
    `);
  });

  test("why it failed", () => {
    expect(bodyAt({ status: "failed", reason: "GitHub did not answer." })).toMatchInlineSnapshot(`
      "Nightshift could not finish this, @mona.

      GitHub did not answer.

      To start over, remove the label \`ready-for-robot\` and add it again."
    `);
  });

  test("why it was cancelled", () => {
    expect(bodyAt({ status: "cancelled", reason: "@eve has no write access to acme/shop" })).toMatchInlineSnapshot(
      `
      "Cancelled: @eve has no write access to acme/shop

      To start over, comment \`/robot retry\`."
    `,
    );
  });

  test("where people are asked something", () => {
    const plan = { kind: "approval", step: "plan", from: "writers" } as const;
    const at = { status: "waiting", reason: "Fix it.", asks: plan } as const;
    expect(progressBody(aRun(), at, "ready-for-robot", [], [], "https://forge.test/c/1")).toBe(
      "Nightshift waits for its plan to be approved, @mona: https://forge.test/c/1",
    );
    const question = { ...at, asks: { ...plan, kind: "question" as const, turn: 1, question: "Zero?", options: [] } };
    expect(progressBody(aRun(), question, "ready-for-robot", [], [], "https://forge.test/c/1")).toBe(
      "Nightshift waits for an answer, @mona: https://forge.test/c/1",
    );
  });

  test("how to begin again where no label asks", () => {
    expect(progressBody(aRun(), { status: "failed", reason: "x" }, null)).toContain("To start over, ask for it again.");
  });

  test("how to begin again, with the operator's own label", () => {
    const body = progressBody(aRun(), { status: "failed", reason: "x" }, "night shift");
    expect(body).toContain("To start over, remove the label `night shift` and add it again.");
  });
});

test("what people are asked says who may answer, and how", () => {
  const plan = { kind: "approval", step: "plan", from: "writers" } as const;
  expect(askedBody(aRun(), plan, "1. Round once.")).toMatchInlineSnapshot(`
    "Nightshift has a plan for this, @mona.

    1. Round once.

    Comment \`/robot approve\` to have it done. People with write access may say in a comment what should be different, and another plan is made."
  `);
  const question = asks.parse({ kind: "question", step: "code", turn: 2, question: "Up?", from: "author" });
  expect(askedBody(aRun(), question, "> Up?")).toMatchInlineSnapshot(`
    "Nightshift has a question before it can go on, @mona.

    > Up?

    The issue's author and people with write access answer in a comment here; the work goes on from where it stands."
  `);
});

test("while a plan is made the checklist begins with it", () => {
  expect(bodyAt("planning")).toContain("\n\n- [ ] Making a plan …\n- [ ] Coding in a sandbox\n");
});
