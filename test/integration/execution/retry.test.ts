import { afterAll, beforeAll, expect, test } from "vitest";
import { repositorySettings } from "../../../src/domain/settings.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { executeRun } from "../../../src/execution/execute-run.ts";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun } from "../../../src/store/runs.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { smallShop } from "../../support/small-shop.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 8500;
let said = 85_000;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror(smallShop);
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const bash = (command: string) => calling(aCall("bash", { command }));
const submit = calling(aCall("submit", { title: "Add up", what: "It adds up.", why: "It did not." }));
const mend = bash('sed -i "s/a + b, 1) - 2/a + b, 0)/" sum.js');
const tokens = `mkdir keys && echo 'ghp_'${"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6"} > keys/a.txt`;

const says = { test: "npm test", max_refinements: 0 };

/** A run that has ended, whose coder does this, too; and one that does it anew. */
async function aRun(act: string, { refinements = 0 } = {}) {
  issue += 1;
  const each = [mend, bash(act), submit];
  const model = playedModel([...each, ...(refinements > 0 ? [submit] : []), ...each], {
    ...{ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  });
  const run = await aQueuedRun({
    ...{ store, repository, issue, models: modelsOf(model) },
    says: { ...says, max_refinements: refinements },
  });
  await run.attempt();
  return { ...run, model };
}

/** What comes of `/robot retry` where the default branch says this by then: the state of the run that follows, and what it asked. */
async function retry({ factory, model, pulls, comment }: Awaited<ReturnType<typeof aRun>>, later: object) {
  said += 1;
  const { repo } = anIntent();
  const asked = {
    ...({ type: "command", repo, number: issue, comment: said } as const),
    ...{ command: { verb: "retry" } as const, by: { login: "bob", id: 12 } },
  };
  const accepted = await accept(store.db, aDelivery(`retry-${said}`), asked, async () => undefined);
  if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
  const settings = repositorySettings.parse({ ...says, ...later });
  const now = {
    ...factory,
    parseRepositorySettings: () => ({ ok: true as const, settings }),
    forge: { ...factory.forge, ensureCommentReaction: async () => undefined },
  };
  const runs: string[] = [];
  await obeyCommand(accepted.commandId, now, async (_, job) => {
    if (job.type === "run") runs.push(job.runId);
  });
  const before = model.requests.length;
  const { signal } = new AbortController();
  for (const runId of runs) await executeRun(runId, now, { signal, attempt: 0, lastAttempt: true });
  const { status } = await getRun(store.db, runs[0] ?? "");
  return { status, calls: model.requests.length - before, pulls: pulls.length, comment: comment() };
}

test("what was held back by a secret that the repository allows by now is published, and no model is asked again", async () => {
  const run = await aRun(tokens);
  expect(await run.status()).toBe("needs_human");
  expect(run.comment()).toContain("what was done is then published as it is, and no model is asked again");
  expect(await retry(run, { test_secrets: ["keys/*"] })).toMatchObject({ status: "succeeded", calls: 0, pulls: 1 });
  expect(run.pulls[0]?.body).toContain(
    "`keys/a.txt:1`: what looks like a secret stands here, which `test_secrets` allows",
  );
});

test("also where its coder had been told of it and had left it", async () => {
  const run = await aRun(tokens, { refinements: 1 });
  const later = { test_secrets: ["keys/*"], max_refinements: 1 };
  expect(await retry(run, later)).toMatchObject({ status: "succeeded", calls: 0, pulls: 1 });
});

test("as long as the repository does not allow it, work begins once more", async () => {
  for (const later of [{}, { test_secrets: ["other/*"] }]) {
    const run = await aRun(tokens);
    expect(await retry(run, later)).toMatchObject({ status: "needs_human", calls: 3, pulls: 0 });
  }
});

test("of many secrets the rules look at each one again, also at those that were told together", async () => {
  const run = await aRun(
    `${tokens} && for n in $(seq 11); do echo "ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3i$n$n" >> keys/a.txt; done && echo 'ghp_zB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6' > z.txt`,
  );
  const { status, calls, pulls, comment } = (await retry(run, { test_secrets: ["keys/*"] })) ?? {};
  expect({ status, calls, pulls }).toEqual({ status: "needs_human", calls: 0, pulls: 0 });
  expect(comment).toContain("The change was not pushed:\n- `z.txt:1`: a GitHub token stands here");
});

test("what is held back by a workflow as well begins once more", async () => {
  const run = await aRun(`${tokens} && mkdir -p .github/workflows && echo on > .github/workflows/ci.yml`);
  expect(await retry(run, { test_secrets: ["keys/*"] })).toMatchObject({ status: "needs_human", calls: 3, pulls: 0 });
});

test("what was published begins once more, whatever is allowed", async () => {
  const run = await aRun("echo 1 > keys.txt");
  expect(await retry(run, { test_secrets: ["*"] })).toMatchObject({ status: "succeeded", calls: 3 });
});
