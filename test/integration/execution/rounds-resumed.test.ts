import { expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { Model } from "../../../src/domain/model.ts";
import { easy, hybridRuns, large, look, small, submit, write, wrong } from "../../support/hybrid-runs.ts";
import type { PlayedModel } from "../../support/played-model.ts";

const { aHybrid } = hybridRuns();

test("a run whose worker dies goes on in the round where it stood, wherever that was, and pays for nothing twice", async () => {
  const replies = [...wrong("One"), ...wrong("Two")];
  const more = [look, write("right"), submit("Done")];
  // Every attempt dies after so many answers: after each of them, and after some.
  for (const deaths of [1, 3]) {
    let left = deaths;
    const mortal = (model: PlayedModel): Model => ({
      ...model,
      complete: async (...args) => {
        if (left === 0) throw new NightshiftError("model_unavailable", "Gone.", { retryable: true });
        left -= 1;
        return await model.complete(...args);
      },
    });
    const [first, second] = [small(...replies), large(...more)];
    const triage = easy();
    const run = await aHybrid([mortal(first), mortal(second)], {
      triage,
      says: { test: "npm test", max_refinements: 1 },
    });
    for (let attempt = 0; (await run.status()) !== "succeeded"; attempt += 1) {
      left = deaths;
      await run.attempt(attempt).catch((error: unknown) => expect(error).toMatchObject({ code: "model_unavailable" }));
      expect(attempt).toBeLessThan(10);
    }
    expect([first.requests.length, second.requests.length, triage.requests.length]).toEqual([4, 3, 1]);
    expect(run.told("refining", "escalated")).toHaveLength(2);
    expect(run.told("tests_finished").map(({ on }) => on)).toEqual(["base", "head", "head", "head"]);
    // Nor does it go through states again that it has left.
    expect(run.told("state_changed").map(({ to }) => to)).toEqual([
      ...["coding", "testing", "coding", "testing", "coding", "testing", "reviewing", "ready"],
    ]);
    expect(run.pulls).toEqual([expect.objectContaining({ title: "fix: Done", draft: false })]);
  }
}, 180_000);

test.each([
  ["after the tests and before the decision", 2],
  ["after the second round's work and before its tests", 3],
])("a run that dies between rounds goes on from there: %s", async (_, deadly) => {
  const model = small(...wrong("One"), write("right"), submit("Two"));
  let comments = 0;
  const run = await aHybrid([model], {
    forge: {
      ensureComment: async () => {
        comments += 1;
        if (comments === deadly) throw new NightshiftError("forge_unavailable", "Gone.", { retryable: true });
        return { url: "" };
      },
    },
  });
  await expect(run.attempt()).rejects.toMatchObject({ code: "forge_unavailable" });
  await run.attempt(1);
  expect(await run.status()).toBe("succeeded");
  expect(model.requests).toHaveLength(4);
  expect(run.told("refining")).toHaveLength(1);
  expect(run.told("tests_finished").map(({ on, passed }) => `${on} ${passed}`)).toEqual([
    ...["base true", "head false", "head true"],
  ]);
});
