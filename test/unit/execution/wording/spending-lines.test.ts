import { expect, test } from "vitest";
import { spendingLines } from "../../../../src/execution/wording/spending-lines.ts";
import type { SpendingLine } from "../../../../src/store/spending.ts";

const line = (changes: Partial<SpendingLine> = {}): SpendingLine => ({
  runId: "one",
  step: "code",
  model: "claude/sonnet",
  calls: 3,
  usd: 1.25,
  ...changes,
});

test("what a ticket has cost is told by step and model, over all its runs", () => {
  const lines = [line(), line({ model: "openai/gpt", calls: 1, usd: 0.5 }), line({ runId: "two" })];
  expect(spendingLines({ budgetUsd: null, lines }, 5).join("\n")).toMatchInlineSnapshot(`
    "| Step | Model | Calls | Cost |
    |---|---|---|---|
    | code | \`claude/sonnet\` | 6 | $2.5000 |
    | code | \`openai/gpt\` | 1 | $0.5000 |

    $3.0000 of the $5.00 that this ticket may cost."
  `);
});

test("beside what people have allowed it", () => {
  expect(spendingLines({ budgetUsd: 10, lines: [line()] }, 5).at(-1)).toBe(
    "$1.2500 of the $10.00 that this ticket may cost.",
  );
});

test("what was never asked of a model has no table", () => {
  expect(spendingLines({ budgetUsd: null, lines: [] }, 5)).toEqual([]);
});
