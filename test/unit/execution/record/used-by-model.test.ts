import { expect, test } from "vitest";
import { usedByModel } from "../../../../src/execution/record/used-by-model.ts";
import { aRound } from "../../../support/a-round.ts";

test("what one model was paid is not put down to the one that answered after it, nor are other runs and other steps", () => {
  const rounds = [
    aRound({ work: { model: "second/two", turns: 3, costUsd: 0.9 } }),
    aRound({ work: { model: "second/two", turns: 2, costUsd: 0.2 } }),
  ];
  const line = (step: string, model: string, usd: number, runId = "this") => ({ runId, step, model, calls: 1, usd });
  const lines = [
    line("code", "second/two", 9, "before"),
    line("assess", "judge/three", 4),
    line("code", "first/one", 0.5),
    line("code", "second/two", 0.25),
    line("code 2", "second/two", 0.25),
  ];
  expect(usedByModel(rounds, { budgetUsd: null, lines }, "this")).toEqual([
    { model: "second/two", turns: 5, costUsd: 0.5 },
    { model: "first/one", turns: 0, costUsd: 0.5 },
  ]);
});

test("turns that were taken up from another run count there, where they were paid", () => {
  const rounds = [
    aRound({ work: { model: "first/one", turns: 4 } }),
    aRound({ work: { model: "second/two", turns: 5 } }),
  ];
  const lines = [{ runId: "this", step: "code 2", model: "second/two", calls: 2, usd: 0.5 }];
  const takenUp = new Map([
    ["code", 4],
    ["code 2", 3],
  ]);
  expect(usedByModel(rounds, { budgetUsd: null, lines }, "this", takenUp)).toEqual([
    { model: "second/two", turns: 2, costUsd: 0.5 },
  ]);
});
