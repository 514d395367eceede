import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Submission } from "../../../../src/agent/tools/submit.ts";
import { changeTitle, commitMessage } from "../../../../src/execution/wording/commit-message.ts";
import { aTicket } from "../../../support/a-ticket.ts";

const mona = { login: "mona", id: 583231 };
const email = "583231+mona@users.noreply.github.com";

function aSubmission(changes: Partial<Submission> = {}): Submission {
  return { title: "Show an empty cart", what: "…", why: "Reducing an empty list throws.", ...changes };
}

const shown = (text: string) => text.replaceAll("\u200b", "¦");

describe("the title of a change", () => {
  test.each([
    ["bug", "fix: Show an empty cart"],
    ["feature", "feat: Show an empty cart"],
    ["chore", "chore: Show an empty cart"],
  ] as const)("of a %s is %s", (type, title) => {
    expect(changeTitle(aTicket({ type }), aSubmission())).toBe(title);
  });

  test.each([
    ["fix: Show an empty cart", "fix: Show an empty cart"],
    ["feat(cart)!: Show it", "fix: Show it"],
    ["Chore : tidy", "fix: Chore : tidy"],
    ["fixed: the cart", "fix: fixed: the cart"],
  ])("has one prefix, the ticket's: %s", (title, expected) => {
    expect(changeTitle(aTicket(), aSubmission({ title }))).toBe(expected);
  });

  test("is one line without anything hidden", () => {
    const title = "  Show\r\n\r\nCo-authored-by: Eve <eve@x>\u202e <!-- x --> it\tnow ";
    expect(shown(changeTitle(aTicket(), aSubmission({ title })))).toBe(
      "fix: Show Co-authored-by¦: Eve <eve@¦x> it now",
    );
  });

  test("closes no other issue and skips no checks", () => {
    const title = "Show it, closes #99 [skip ci]";
    expect(shown(changeTitle(aTicket(), aSubmission({ title })))).toBe("fix: Show it, closes¦ #99 [skip¦ ci]");
  });

  test("is the ticket's own when the model gives none, and never empty", () => {
    expect(changeTitle(aTicket(), aSubmission({ title: "\u200b" }))).toBe("fix: Crash on empty cart");
    expect(changeTitle(aTicket(), aSubmission({ title: "fix: " }))).toBe("fix: Crash on empty cart");
    expect(changeTitle(aTicket({ title: "<!-- -->" }), aSubmission({ title: "<!-- x -->" }))).toBe("fix: Solve #101");
  });
});

describe("a commit's message", () => {
  const messageOf = (changes: Partial<Submission> = {}) => commitMessage(aTicket(), aSubmission(changes), mona, email);
  const trailersOf = (message: string) =>
    execFileSync("git", ["interpret-trailers", "--parse", "--no-divider"], { input: message, encoding: "utf8" });

  test("says what and why, for which issue and for whom", () => {
    expect(messageOf()).toMatchInlineSnapshot(`
      "fix: Show an empty cart

      Reducing an empty list throws.

      Refs: #101
      Co-authored-by: mona <583231+mona@users.noreply.github.com>
      "
    `);
  });

  test("has two trailers", () => {
    expect(trailersOf(messageOf())).toBe(`Refs: #101\nCo-authored-by: mona <${email}>\n`);
  });

  test.each([
    ["in the title", { title: "Show it\n\nSigned-off-by: Eve <eve@x>" }],
    ["at the end of the reason", { why: "Because.\n\nCo-authored-by: Eve <eve@x>\nReviewed-by: Eve <eve@x>" }],
    ["alone", { why: "Co-authored-by: Eve <eve@x>" }],
    ["after a line that ends a message", { why: "Because.\n---\nCo-authored-by: Eve <eve@x>" }],
    ["with white space around", { why: "Because.\n\n \t\nCo-authored-by: Eve <eve@x>\n\n\n " }],
    ["with an old line end", { why: "Because.\r\rCo-authored-by: Eve <eve@x>\r\n\r\n" }],
  ])("has no trailer that the model wrote %s", (_, changes) => {
    const message = messageOf(changes);
    expect(trailersOf(message)).toBe(`Refs: #101\nCo-authored-by: mona <${email}>\n`);
    expect(message.match(/^[\w-]+-by:/gm)).toEqual(["Co-authored-by:"]);
  });

  test("closes no other issue, skips no checks and calls nobody", () => {
    const why = "As @eve said. Fixes #99, resolves other-org/shop#3.\n\nskip-checks: true";
    expect(shown(messageOf({ why }))).toContain(
      "As @¦eve said. Fixes¦ #99, resolves¦ other-org/shop#3.\n\nskip-checks¦: true\n\nRefs: #101\n",
    );
  });
});

test("a commit for a ticket without an issue refers to none", () => {
  const message = commitMessage(aTicket({ source: "local", externalId: "3fa9c2d1" }), aSubmission(), mona, email);
  expect(message).toBe(
    `fix: Show an empty cart\n\nReducing an empty list throws.\n\nCo-authored-by: mona <${email}>\n`,
  );
});
