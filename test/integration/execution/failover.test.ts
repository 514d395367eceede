import { afterAll, beforeAll, expect, test } from "vitest";
import { renderPrompt } from "../../../src/agent/render-prompt.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { openModels } from "../../../src/models/open-models.ts";
import { resolveModels } from "../../../src/models/resolve-models.ts";
import { startScriptedModel } from "../../../src/playground/model/start-scripted-model.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { stillWorld } from "../../support/still-world.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const price = { input: 1, output: 1000 };
const usage = { input: 100, output: 20 };
const half = "The half of this sentence is not an answer. ".repeat(50);
const fix = { tool_calls: [{ name: "bash", arguments: { command: "echo fixed > a.txt" } }], usage };
const submit = {
  tool_calls: [{ name: "submit", arguments: { title: "Fix it", what: "Fixed.", why: "It was broken." } }],
  usage,
};

test("a provider that dies in mid-stream does not end the run: the next one goes on from its work, and both are paid", async () => {
  using repository = bareMirror({ "a.txt": "broken\n", "package.json": '{"scripts":{"test":"grep fixed a.txt"}}\n' });
  const dies = { fault: { cut: "mid_stream", times: 99 }, reply: { text: half } } as const;
  await using first = await startScriptedModel({ script: { turns: [{ reply: fix }, dies] } });
  const goesOn = { expect: { conversation_includes: ["echo fixed > a.txt"] }, reply: submit };
  await using second = await startScriptedModel({ script: { turns: [{ reply: { text: "Never." } }, goesOn] } });
  const answer = { kind: "bug", complexity: 0.2, reason: "One place." };
  await using judge = await startScriptedModel({ script: { turns: [{ reply: { answer, usage } }] } });
  const settings = {
    budget: { ticket_usd: 100 },
    llm: {
      providers: {
        first: { api: "messages", base_url: first.anthropicBaseUrl, model: "one", price, api_key_env: "KEY" },
        second: { api: "responses", base_url: second.openaiBaseUrl, model: "two", price },
        judge: { base_url: judge.openaiBaseUrl, model: "three", price },
      },
      routing: { code: ["first", "second"], triage: ["judge"] },
      retry: { tries: 2 },
    },
  };
  const { llm } = operatorSettings.parse(settings);
  const variables = { KEY: "sk-secret" };
  const resolved = resolveModels(llm, variables);
  const reconcile = async (proposals: Readonly<Record<string, string>>) =>
    (await renderPrompt("reconcile", proposals)).text;
  const models = openModels({ llm, resolved, variables, reconcile, world: stillWorld() });
  const run = await aQueuedRun({ store, repository, issue: 1, models, settings });

  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toMatchObject([{ draft: false }]);
  expect(run.told("model_switched")).toEqual([{ type: "model_switched", from: "first/one", to: "second/two" }]);
  const calls = await store.db.selectFrom("ledger").selectAll().where("runId", "=", run.runId).orderBy("id").execute();
  const made = calls.filter(({ step }) => step === "code");
  // The first turn, two that broke off, and the one that took over.
  expect(made.map(({ model }) => model)).toEqual(["first/one", "first/one", "first/one", "second/two"]);
  const paid = made.map(({ settledUsd }) => settledUsd ?? 0);
  expect(paid.map((usd) => usd > 0)).toEqual([true, true, true, true]);
  expect([paid[0], paid[3]]).toEqual([0.0201, 0.0201]);
  expect(made.map(({ usage: counted }) => counted !== null)).toEqual([true, true, true, true]);

  const record = await run.record();
  const all = calls.reduce((sum, { settledUsd }) => sum + (settledUsd ?? 0), 0);
  expect(record).toMatchObject({ status: "succeeded", model: "second/two", turns: 3 });
  expect(record.cost_usd).toBeCloseTo(all, 10);
});
