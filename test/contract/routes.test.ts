import { expect, test } from "vitest";
import { renderPrompt } from "../../src/agent/render-prompt.ts";
import type { RunEvent } from "../../src/domain/event.ts";
import { textOf } from "../../src/domain/message.ts";
import type { ModelRequest } from "../../src/domain/model.ts";
import type { Models, Work } from "../../src/domain/route.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { openModels } from "../../src/models/open-models.ts";
import { resolveModels } from "../../src/models/resolve-models.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { aRequest, openPurse } from "../support/acting-model.ts";
import { stillWorld } from "../support/still-world.ts";

const never = new AbortController().signal;
const price = { input: 0, output: 10_000 };
const usage = { input: 10, output: 5 };

/** Two servers, each the real SDK's: `first` by Messages, `second` by Chat Completions. */
function open(first: ScriptedModel, second: ScriptedModel, llm: object = {}) {
  const settings = operatorSettings.parse({
    llm: {
      providers: {
        first: { api: "messages", base_url: first.anthropicBaseUrl, model: "one", price, api_key_env: "KEY" },
        second: { base_url: second.openaiBaseUrl, model: "two", price },
      },
      routing: { code: ["first", "second"] },
      ...llm,
    },
  });
  const world = stillWorld();
  const variables = { KEY: "sk-secret" };
  const resolved = resolveModels(settings.llm, variables);
  expect(resolved.problems).toEqual([]);
  const reconcile = async (proposals: Readonly<Record<string, string>>) =>
    (await renderPrompt("reconcile", proposals)).text;
  const models = openModels({ llm: settings.llm, resolved, variables, reconcile, world });
  return { models, world };
}

function asker(models: Models, work: Work = "code") {
  const events: RunEvent[] = [];
  const purse = openPurse();
  const route = models.route(work, { purse, tell: async (event) => void events.push(event) });
  const ask = async (request: ModelRequest = aRequest) => await route.complete(request, { signal: never });
  const say = async () => textOf((await ask()).reply);
  return { ask, say, route, events, purse };
}

test("a provider that dies in the middle of its answer is followed by the next, and both are paid and counted", async () => {
  const text = "The half of this sentence is not an answer. ".repeat(50);
  await using first = await startScriptedModel({ script: one({ text, usage }, { cut: "mid_stream", times: 9 }) });
  await using second = await startScriptedModel({ script: one({ text: "Here.", usage }) });
  const { ask, events, purse } = asker(open(first, second, { retry: { tries: 2 } }).models);

  const { reply, costUsd } = await ask();

  expect(textOf(reply)).toBe("Here.");
  expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
  expect(purse.paid.map(({ model }) => model)).toEqual(["first/one", "first/one", "second/two"]);
  expect(purse.open()).toBe(0);
  expect(costUsd).toBeCloseTo(
    purse.paid.reduce((sum, { usd }) => sum + usd, 0),
    10,
  );
  expect(purse.paid.every(({ usd, counted }) => usd > 0 && counted)).toBe(true);
  expect(purse.paid.at(-1)).toEqual({ model: "second/two", usd: 0.05, counted: true });
  expect(events.map(({ type }) => type)).toEqual(["model_failed", "model_failed", "model_switched"]);
  expect(JSON.stringify(events)).not.toContain("sk-secret");
});

test("a rate limit is waited for and the same model answers", async () => {
  const fault = { status: 429, times: 2, retry_after: 7 };
  await using first = await startScriptedModel({ script: one({ text: "Here." }, fault) });
  await using second = await startScriptedModel({ script: one({ text: "Never." }) });
  const { models, world } = open(first, second);
  const { say } = asker(models);
  expect(await say()).toBe("Here.");
  expect(first.requests).toHaveLength(3);
  expect(second.requests).toHaveLength(0);
  expect(world.waits).toEqual([7350, 7350]);
});

test("a refused key goes to the next model with a warning that says what to do", async () => {
  await using first = await startScriptedModel({ script: one({ text: "Never." }, { status: 401, times: 9 }) });
  await using second = await startScriptedModel({ script: one({ text: "Here." }) });
  const { say, events } = asker(open(first, second).models);
  expect(await say()).toBe("Here.");
  expect(first.requests).toHaveLength(1);
  expect(events).toContainEqual({ type: "warned", message: expect.stringContaining("Set KEY to a key that may use") });
});

test("what one route has found out about a model, the others know; when all are open, all are asked", async () => {
  await using first = await startScriptedModel({ script: one({ text: "Back." }, { status: 500, times: 4 }) });
  await using second = await startScriptedModel({ script: one({ text: "Never." }, { status: 500, times: 99 }) });
  const { models, world } = open(first, second, { retry: { tries: 1 } });
  for (let turn = 0; turn < 3; turn += 1) {
    await expect(asker(models).ask()).rejects.toMatchObject({ code: "model_unavailable" });
  }
  const { ask, events } = asker(models);
  await expect(ask()).rejects.toMatchObject({ code: "model_unavailable" });
  expect(events.map(({ type }) => type).slice(0, 2)).toEqual(["model_skipped", "model_skipped"]);
  expect([first.requests.length, second.requests.length]).toEqual([4, 4]);

  world.pass(60_000);
  expect(await asker(models).say()).toBe("Back.");
  expect(second.requests).toHaveLength(4);
});

test.each(["round-robin", "weighted"])(
  "%s: runs begin with different models, and each stays with its own whatever is asked besides",
  async (strategy) => {
    await using first = await startScriptedModel({ script: one({ text: "One." }) });
    await using second = await startScriptedModel({ script: one({ text: "Two." }) });
    const { models } = open(first, second, { strategy });
    const runs = Array.from({ length: 40 }, (_, n) => `run-${n}`);
    const begun = runs.map((run) => models.forRun(run).namesOf("code")[0]);
    expect(runs.map((run) => asker(models.forRun(run)).route.models[0])).toEqual(begun);
    const share = begun.filter((name) => name === "first/one").length;
    expect(share).toBeGreaterThan(10);
    expect(share).toBeLessThan(30);

    const ofTheSecond = models.forRun(runs[begun.indexOf("second/two")] ?? "");
    // The next after the one that began, as the rounds count them.
    expect(ofTheSecond.namesOf("code")).toEqual(["second/two", "first/one"]);
    const { say } = asker(ofTheSecond);
    expect([await say(), await say()]).toEqual(["Two.", "Two."]);
    const next = ofTheSecond.route("code", { purse: openPurse(), tell: async () => undefined, from: 1 });
    expect(next.models).toEqual(["first/one"]);
  },
);

test("a route passes over as many models as the evidence says, but never all of them", async () => {
  await using first = await startScriptedModel({ script: one({ text: "One." }) });
  await using second = await startScriptedModel({ script: one({ text: "Two." }) });
  const { models } = open(first, second);
  const passedOver = (from: number) =>
    models.route("code", { purse: openPurse(), tell: async () => undefined, from }).models;
  expect([0, 1, 2, 9].map(passedOver)).toEqual([
    ["first/one", "second/two"],
    ["second/two"],
    ["second/two"],
    ["second/two"],
  ]);
  expect(models.namesOf("code")).toEqual(["first/one", "second/two"]);
});

test("an ensemble's reconciler reads what the others proposed", async () => {
  const conversations = [
    { when: { first_includes: ["have answered the above"] }, turns: [{ reply: { text: "A and B.", usage } }] },
    { turns: [{ reply: { text: "Only A.", usage } }] },
  ];
  await using first = await startScriptedModel({ script: { conversations } });
  await using second = await startScriptedModel({ script: one({ text: "Only B.", usage }) });
  const ensemble = { planning: { propose: ["first", "second"], reconcile: "first" } };
  const { ask, purse } = asker(open(first, second, { ensemble }).models, "planning");
  const { reply, costUsd } = await ask();
  expect(textOf(reply)).toBe("A and B.");
  expect(costUsd).toBeCloseTo(0.15, 10);
  expect(purse.paid).toHaveLength(3);
  const asked = JSON.stringify(first.requests.at(-1)?.body);
  expect(asked).toContain("Only A.");
  expect(asked).toContain("Only B.");
});

test("an answer is never asked for longer than the provider's settings allow", async () => {
  await using server = await startScriptedModel({ script: one({ text: "Here." }) });
  const provider = { base_url: server.openaiBaseUrl, model: "m", free: true, max_output_tokens: 7 };
  const { models } = open(server, server, { mode: "own", providers: { own: provider }, routing: {} });
  await asker(models).ask();
  expect(server.requests[0]?.body).toMatchObject({ max_tokens: 7 });
});

type Turn = NonNullable<ModelScript["turns"]>[number];

function one(reply: Turn["reply"], fault?: Turn["fault"]): ModelScript {
  return { turns: [{ reply, fault }] };
}
