import { afterAll, beforeAll, expect, test } from "vitest";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

test.each([
  ["npm test", 'exit code 1, `npm error Missing script: "test"`'],
  ["no-such-runner --all", "exit code 127, `"],
])(
  "a bug whose test command is not there (%s) takes one round, and a person reads where to set it",
  async (command, why) => {
    issue += 1;
    using repository = bareMirror({ "a.txt": "0\n", "package.json": '{"name":"shop"}\n' });
    const model = playedModel([
      calling(aCall("write_file", { path: "a.txt", content: "1\n" })),
      calling(aCall("submit", { title: "T", what: "W.", why: "Y." })),
    ]);
    const settings = { budget: { ticket_usd: 100 } };
    const run = await aQueuedRun({
      store,
      repository,
      issue,
      models: modelsOf(model),
      settings,
      says: { test: command },
    });
    await run.attempt();

    expect(run.told("tests_finished").map(({ on, passed }) => `${on} ${passed}`)).toEqual(["base false", "head false"]);
    expect(run.told("refining", "escalated")).toEqual([]);
    expect(await run.status()).toBe("needs_human");
    expect(run.comment()).toContain(
      `https://forge.test/pull/7 is a draft: nothing was verified, since \`${command}\` cannot be run in the sandbox (${why}`,
    );
    expect(run.comment()).toContain("on the base neither: set `test` in `.github/nightshift.yml`");
    expect(run.pulls[0]?.body).toContain("**The test command cannot be run, on the base neither.**");
  },
);
