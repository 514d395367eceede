import { expect, test } from "vitest";
import { timelineLine } from "../../../src/cli/timeline.ts";

test("what was decided about the models is a line each", () => {
  const lines = [
    timelineLine({ type: "assessed", kind: "bug", complexity: 0.8, reason: "A race.", model: "claude/large" }),
    timelineLine({ type: "refining", round: 2, model: "local/small", refinement: 1, of: 2, reason: "3 tests fail" }),
    timelineLine({
      ...{ type: "escalated", round: 3, from: "local/small", to: "claude/large", why: "tests", reason: "3 tests fail" },
    }),
  ];
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "assessed  bug, complexity 0.80, claude/large begins: A race.
    round 2   local/small mends its change (1 of 2): 3 tests fail
    round 3   claude/large takes over from local/small (tests): 3 tests fail"
  `);
});

test("a run that waits says whether somebody has to call it again", () => {
  const waiting = { type: "run_waiting", reason: "the model is silent." } as const;
  expect(timelineLine({ ...waiting, byItself: true })).toBe(
    "run       waits and goes on by itself: the model is silent.",
  );
  expect(timelineLine({ ...waiting, byItself: false })).toBe(
    "run       stops here, and the same command goes on: the model is silent.",
  );
});

test("a branch that is all that there is has no number", () => {
  const opened = { type: "pull_request_opened", url: "fix/sum", draft: true } as const;
  expect(timelineLine({ ...opened, number: null })).toBe("branch    fix/sum (draft)");
  expect(timelineLine({ ...opened, number: 2 })).toBe("pull      #2 (draft) fix/sum");
});
