import { expect, test } from "vitest";
import type { Round } from "../../../../src/execution/round.ts";
import { needsPerson } from "../../../../src/execution/wording/needs-person.ts";
import { anIdleRound, aRound, green } from "../../../support/a-round.ts";
import { aTicket } from "../../../support/a-ticket.ts";

const context = { ticket: aTicket() };

const pull = {
  ...{ number: 7, url: "https://forge.test/pull/7", branch: "fix/1", draft: true },
  doubts: ["the tests pass on the base and fail with this change"],
};

test("a person reads of each round who it was, how it ended, what machines saw and what it said last", () => {
  const reason = "the same tests failed in 8 runs, with changes before each (`bash` with `npm test`)";
  const stuck = { stop: "no_progress", unfinished: reason, words: "I will ask @mona\nto fix #7." } as const;
  const rounds: readonly Round[] = [
    { ...aRound({ work: { words: "Done." } }), decision: { next: "refine", refinement: 1, of: 2, reason: "red" } },
    { ...aRound({ work: stuck }), decision: { next: "escalate", from: 1, why: "stuck", reason } },
    anIdleRound({ stop: "declined", model: "claude/large" }),
  ];
  const ended = needsPerson(context, rounds, pull);
  expect(ended.status === "needs_human" && ended.reason).toMatchInlineSnapshot(`
    "https://forge.test/pull/7 is a draft: the tests pass on the base and fail with this change.

    What was tried:

    1. \`local/small\`, 7 turns, $0.1235: it handed in "Show an empty cart". 1 test fails with the change. It went back to the same model.
    2. \`local/small\`, 7 turns, $0.1235: it was stopped, with its change kept: the same tests failed in 8 runs, with changes before each (\`bash\` with \`npm test\`). 1 test fails with the change. Its last words: "I will ask @​mona to fix​ #7."
    3. \`claude/large\`, 7 turns, $0.1235: nothing was changed."
  `);
});

test("one round that was stopped is told with its last words", () => {
  const round = anIdleRound({ stop: "turns", words: "I cannot help with that." });
  expect(needsPerson(context, [round])).toEqual({
    status: "needs_human",
    reason: "Nothing was changed.\n\nThe last words of its coder:\n\n> I cannot help with that.",
  });
});

test("what a model said when it declined is told once", () => {
  const round = anIdleRound({ stop: "declined", words: "No." });
  expect(needsPerson(context, [round])).toEqual({ status: "needs_human", reason: "Nothing was changed." });
});

test("one round that was finished needs no account of it", () => {
  expect(needsPerson(context, [aRound({ seen: green })], pull)).toEqual({
    status: "needs_human",
    reason: "https://forge.test/pull/7 is a draft: the tests pass on the base and fail with this change.",
  });
});
