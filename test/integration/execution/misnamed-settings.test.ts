import { expect, test } from "vitest";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

test("settings under a name that is not read are told before anything is paid, since they protect something", async () => {
  await using store = await testDatabase();
  using repository = bareMirror({ "a.txt": "0\n" });
  const files = new Map([[".github/nightshift.yaml", "protected_branches: [release]\n"]]);
  const run = await aQueuedRun({
    ...{ store, repository, issue: 1, models: modelsOf(playedModel([])) },
    forge: { readFile: async (_, path) => files.get(path) },
  });
  await run.attempt();
  expect({ status: await run.status(), told: run.told("turn_finished") }).toEqual({ status: "waiting", told: [] });
  expect(run.comment()).toContain(
    "`.github/nightshift.yaml` is not read: rename it to `.github/nightshift.yml` on the default branch.",
  );
});
