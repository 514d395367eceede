import { describe, expect, test } from "vitest";
import { type AssistantMessage, type Message, textOf, toolCallsOf } from "../../src/domain/message.ts";
import type { Model, ModelRequest } from "../../src/domain/model.ts";
import { anthropicModel } from "../../src/models/anthropic/anthropic-model.ts";
import type { ModelOptions } from "../../src/models/model-options.ts";
import { openaiModel } from "../../src/models/openai/openai-model.ts";
import { responsesModel } from "../../src/models/openai/responses-model.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";

const apiKey = "sk-test";
const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
const never = new AbortController().signal;

type Options = Partial<Omit<ModelOptions, "apiKey">>;

const claude = (server: ScriptedModel, options: Options = {}) =>
  anthropicModel({ apiKey, baseUrl: server.anthropicBaseUrl, model: "claude-sonnet-5-5", price, ...options });
const chat = (server: ScriptedModel, options: Options = {}) =>
  openaiModel({ provider: "openai", apiKey, baseUrl: server.openaiBaseUrl, model: "gpt-5", price, ...options });
const responses = (server: ScriptedModel, options: Options = {}) =>
  responsesModel({ provider: "openai", apiKey, baseUrl: server.openaiBaseUrl, model: "gpt-5", price, ...options });

describe("Anthropic", () => {
  test("caches the prompt up to the newest message and the one before", async () => {
    await using server = await startScriptedModel({ script: twoTurns });
    await secondTurn(claude(server));
    const ephemeral = { cache_control: { type: "ephemeral" } };
    expect(server.requests[1]?.body).toMatchObject({
      system: [ephemeral],
      messages: [
        { role: "user", content: [ephemeral] },
        { role: "assistant", content: [{ type: "tool_use" }] },
        { role: "user", content: [{ type: "tool_result", ...ephemeral }] },
      ],
    });
  });

  test("allows a longest answer of any size, though the SDK refuses long ones that are not streamed", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Long." }) });
    for (const stream of [true, false]) {
      const model = claude(server, { model: "claude-opus-4-1", stream });
      const answer = await model.complete({ ...ask("Hello?"), maxOutputTokens: 128_000 }, { signal: never });
      expect(textOf(answer)).toBe("Long.");
    }
  });

  test.each([
    [undefined, "claude-sonnet-5-5", undefined, undefined],
    ["low", "claude-sonnet-5-5", { type: "adaptive" }, { effort: "low" }],
    ["high", "claude-opus-4-8", { type: "adaptive" }, { effort: "high" }],
    [6000, "claude-sonnet-5-5", { type: "adaptive" }, { effort: "medium" }],
    [6000, "claude-sonnet-4-6", { type: "adaptive" }, { effort: "medium" }],
    [6000, "claude-sonnet-4-5", { type: "enabled", budget_tokens: 6000 }, undefined],
    [6000, "another-model", { type: "enabled", budget_tokens: 6000 }, undefined],
    ["medium", "claude-haiku-4-5", { type: "enabled", budget_tokens: 12_000 }, undefined],
    ["low", "claude-opus-4-5-20251101", { type: "enabled", budget_tokens: 4000 }, undefined],
    [50_000, "claude-haiku-4-5", { type: "enabled", budget_tokens: 19_999 }, undefined],
  ] as const)("is told to think %s by the words of %s", async (reasoning, model, thinking, config) => {
    await using server = await startScriptedModel({ script: one({ text: "Hm." }) });
    await claude(server, { model, reasoning }).complete(
      { ...ask("Think."), maxOutputTokens: 20_000 },
      { signal: never },
    );
    const body = bodyOf(server);
    expect(body["thinking"]).toEqual(thinking);
    expect(body["output_config"]).toEqual(config);
    expect(server.complaints).toEqual([]);
  });

  test("is not told to think where a tool is forced, or where it goes on from calls without signed thinking", async () => {
    await using server = await startScriptedModel({ script: twoTurns });
    const model = claude(server, { model: "claude-haiku-4-5", reasoning: 2000, structured: "tool" });
    const request = { ...ask("Go."), maxOutputTokens: 4000 };
    const first = await model.complete(
      { ...request, answer: { name: "verdict", schema: { type: "object" } } },
      { signal: never },
    );
    await model.complete({ ...request, messages: [...request.messages, first, resultsOf(first)] }, { signal: never });
    expect(bodyOf(server, 0)).not.toHaveProperty("thinking");
    expect(bodyOf(server, 1)).not.toHaveProperty("thinking");
    expect(server.complaints).toEqual([]);
  });

  test("goes on thinking over calls that it thought about", async () => {
    const turns = [{ reply: { thinking: "Hm.", tool_calls: [{ name: "read" }] } }, { reply: { text: "Done." } }];
    await using server = await startScriptedModel({ script: { turns } });
    const model = claude(server, { model: "claude-haiku-4-5", reasoning: 2000 });
    const request = { ...ask("Go."), maxOutputTokens: 4000 };
    const first = await model.complete(request, { signal: never });
    await model.complete({ ...request, messages: [...request.messages, first, resultsOf(first)] }, { signal: never });
    expect(bodyOf(server, 1)).toMatchObject({ thinking: { type: "enabled", budget_tokens: 2000 } });
  });

  test("takes up calls whose ids another provider made in its own way", async () => {
    await using server = await startScriptedModel({ script: twoTurns });
    const foreign: AssistantMessage = {
      role: "assistant",
      content: [{ type: "tool_call", id: "functions.read:0", name: "read", arguments: {} }],
      stopReason: "tool_calls",
      usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
      model: "moonshot/kimi",
    };
    expect(textOf(await claude(server).complete(ask("Go.", foreign, resultsOf(foreign)), { signal: never }))).toBe(
      "Done.",
    );
    expect(server.complaints).toEqual([]);
  });

  test("is held to a closed schema, and asked by a tool where that cannot be said or the model is too old", async () => {
    await using server = await startScriptedModel({ script: one({ answer: { counts: { a: 1 } } }) });
    const map = {
      type: "object",
      properties: { counts: { type: "object", additionalProperties: { type: "integer" } } },
    };
    const closed = {
      type: "object",
      properties: { counts: { type: "object", properties: { a: { type: "integer" } } } },
    };
    const asks = [
      [closed, "claude-sonnet-5-5", "format"],
      [map, "claude-sonnet-5-5", "tool"],
      [closed, "claude-3-5-haiku-latest", "tool"],
    ] as const;
    for (const [index, [schema, model, way]] of asks.entries()) {
      const reply = await claude(server, { model }).complete(
        { ...ask("How many?"), tools: [], answer: { name: "counts", schema } },
        { signal: never },
      );
      expect(JSON.parse(textOf(reply))).toEqual({ counts: { a: 1 } });
      expect(JSON.stringify(bodyOf(server, index)).includes("json_schema")).toBe(way === "format");
    }
    expect(server.complaints).toEqual([]);
  });
});

describe("OpenAI", () => {
  test("keeps nothing, and gives its reasoning to us where the model reasons", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Hm." }) });
    await responses(server).complete(ask("Go."), { signal: never });
    await responses(server, { model: "gpt-4.1-mini" }).complete(ask("Go."), { signal: never });
    expect(bodyOf(server)).toMatchObject({ store: false, include: ["reasoning.encrypted_content"] });
    expect(bodyOf(server, 1)).toMatchObject({ store: false });
    expect(bodyOf(server, 1)).not.toHaveProperty("include");
  });

  test.each([true, false])(
    "goes on without its thoughts where they cannot be read any more, streamed: %s",
    async (stream) => {
      const error = { message: "The encrypted content could not be verified.", code: "invalid_encrypted_content" };
      const fault = {
        status: 400,
        if_includes: 'encrypted_content":"',
        body: { error: { ...error, type: "invalid_request_error" } },
      };
      const again = { fault, reply: { text: "Done." } };
      const thought = { thinking: "Hmm.", tool_calls: [{ name: "read" }] };
      await using server = await startScriptedModel({ script: { turns: [{ reply: thought }, again] } });
      const answer = await secondTurn(responses(server, { stream }));
      expect(textOf(answer)).toBe("Done.");
      const [, refused, taken, ...more] = server.requests.map(({ body }) => JSON.stringify(body));
      expect(refused).toContain('"type":"reasoning"');
      expect(taken).not.toContain('"type":"reasoning"');
      expect(taken).toContain('"type":"function_call_output"');
      expect(more).toEqual([]);
      expect(server.complaints).toEqual([]);
    },
  );

  test("its thoughts go back to the model that had them alone", async () => {
    const thought = { thinking: "Hmm.", tool_calls: [{ name: "read" }] };
    await using server = await startScriptedModel({
      script: { turns: [{ reply: thought }, { reply: { text: "Done." } }] },
    });
    const first = await responses(server).complete(ask("Go."), { signal: never });
    await responses(server, { model: "another" }).complete(ask("Go.", first, resultsOf(first)), { signal: never });
    expect(JSON.stringify(bodyOf(server, 1))).not.toContain('"type":"reasoning"');
  });

  test.each([
    ["Responses", responses],
    ["Chat Completions", chat],
  ])("has one cache key for a conversation, and another for another: %s", async (_, build) => {
    await using server = await startScriptedModel({ script: twoTurns });
    await secondTurn(build(server));
    await build(server).complete(ask("Something else."), { signal: never });
    const [first, second, other] = server.requests.map((_of, index) => bodyOf(server, index)["prompt_cache_key"]);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test.each([
    [undefined, undefined],
    ["high", "high"],
    [3000, "low"],
    [12_000, "medium"],
    [99_000, "high"],
  ] as const)("is told to think %s as an effort of %s", async (reasoning, effort) => {
    await using server = await startScriptedModel({ script: one({ text: "Hm." }) });
    await responses(server, { reasoning }).complete(ask("Think."), { signal: never });
    await chat(server, { reasoning }).complete(ask("Think."), { signal: never });
    expect(bodyOf(server)["reasoning"]).toEqual(effort && { effort });
    expect(bodyOf(server, 1)["reasoning_effort"]).toEqual(effort);
    expect(server.complaints).toEqual([]);
  });

  test.each([
    ["Responses", responses],
    ["Chat Completions", chat],
  ])("is held strictly to a schema, and what may be left out is left out again: %s", async (_, build) => {
    const answer = { level: 3, note: null, files: [{ path: "a.ts", line: null }] };
    await using server = await startScriptedModel({ script: one({ answer }) });
    const file = {
      type: "object",
      properties: { path: { type: "string" }, line: { type: "integer" } },
      required: ["path"],
    };
    const properties = { level: { type: "integer" }, note: { type: "string" }, files: { type: "array", items: file } };
    const schema = { type: "object", properties, required: ["level"] };
    const reply = await build(server).complete(
      { ...ask("?"), tools: [], answer: { name: "verdict", schema } },
      { signal: never },
    );
    expect(JSON.parse(textOf(reply))).toEqual({ level: 3, files: [{ path: "a.ts" }] });
    expect(JSON.stringify(bodyOf(server))).toContain('"strict":true');
    expect(server.complaints).toEqual([]);
  });

  test("gets max_completion_tokens wherever it is served, other servers max_tokens and nothing they may not know", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Hello." }) });
    await chat(server).complete(ask("?"), { signal: never });
    await chat(server, { provider: "local" }).complete(ask("?"), { signal: never });
    expect(bodyOf(server)).toMatchObject({ max_completion_tokens: 500 });
    expect(bodyOf(server)).not.toHaveProperty("max_tokens");
    expect(Object.keys(bodyOf(server, 1))).toEqual([
      "stream",
      "stream_options",
      "model",
      "max_tokens",
      "tools",
      "messages",
    ]);
  });

  test("refuses for good when the account is without money, though its status is that of a rate limit", async () => {
    const body = { error: { message: "You exceeded your current quota.", type: "insufficient_quota", code: null } };
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status: 429, body }) });
    const refused = chat(server).complete(ask("Hello?"), { signal: never });
    await expect(refused).rejects.toMatchObject({ code: "model_refused", retryable: false });
    await expect(refused).rejects.toThrow("billing");
  });

  test("gets the pictures of a tool after all results, where a result has no place for them", async () => {
    await using server = await startScriptedModel({ script: twoTurns });
    const first = await chat(server).complete(ask("Go."), { signal: never });
    const images = [{ mediaType: "image/png", base64: "iVBORw0KGgo=" } as const];
    const results = toolCallsOf(first).map(({ id, name }) => ({
      callId: id,
      name,
      text: "shot",
      isError: false,
      images,
    }));
    await chat(server).complete(ask("Go.", first, { role: "tool", results }), { signal: never });
    expect(bodyOf(server, 1)["messages"]).toMatchObject([
      { role: "system" },
      { role: "user" },
      { role: "assistant", content: null },
      { role: "tool", content: "shot" },
      { role: "user", content: [{ text: "The pictures of read (call_1_1):" }, { type: "image_url" }] },
    ]);
    expect(server.complaints).toEqual([]);
  });
});

test.each([
  ["Anthropic", claude],
  ["Responses", responses],
  ["Chat Completions", chat],
])("a call that is cancelled within its answer says what it used: %s", async (_, build) => {
  const text = "The half of this sentence is not an answer. ".repeat(50);
  await using server = await startScriptedModel({ script: one({ text }, { cut: "stall", times: 99 }) });
  let wait = 20;
  // When the half has come is known to nobody here, so it is cancelled a little later each time.
  await expect
    .poll(() => {
      wait *= 2;
      return build(server)
        .complete(ask("Hello?"), { signal: AbortSignal.timeout(wait) })
        .catch((error: unknown) => error);
    })
    .toMatchObject({ code: "cancelled", retryable: false, usage: { output: expect.any(Number) } });
});

test("what stands in for a key that nobody gave is not taken out of a server's words", async () => {
  await using server = await startScriptedModel({
    script: one({ text: "?" }, { status: 400, message: "tool_choice: none" }),
  });
  const model = anthropicModel({ baseUrl: server.anthropicBaseUrl, model: "m", price });
  await expect(model.complete(ask("?"), { signal: never })).rejects.toThrow("tool_choice: none");
});

test("no key of the environment is sent where none was given", async () => {
  await using server = await startScriptedModel({ script: one({ text: "Hello." }) });
  const model = openaiModel({ provider: "local", baseUrl: server.openaiBaseUrl, model: "m", price });
  expect(textOf(await model.complete(ask("?"), { signal: never }))).toBe("Hello.");
  expect(server.requests[0]?.headers).not.toHaveProperty("openai-organization");
});

const tools = ["read", "run"].map((name) => ({ name, description: `May ${name}.`, parameters: { type: "object" } }));

const twoTurns: ModelScript = {
  turns: [{ reply: { tool_calls: [{ name: "read", arguments: { path: "a.ts" } }] } }, { reply: { text: "Done." } }],
};

async function secondTurn(model: Model): Promise<AssistantMessage> {
  const first = await model.complete(ask("Go."), { signal: never });
  return model.complete(ask("Go.", first, resultsOf(first)), { signal: never });
}

function bodyOf(server: ScriptedModel, index = 0): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(Object(server.requests[index]?.body)));
}

function resultsOf(reply: AssistantMessage): Message {
  const results = toolCallsOf(reply).map(({ id, name }) => ({ callId: id, name, text: "ok", isError: false }));
  return { role: "tool", results };
}

function ask(text: string, ...rest: readonly Message[]): ModelRequest {
  return { system: "Be careful.", messages: [{ role: "user", text }, ...rest], tools, maxOutputTokens: 500 };
}

type TurnInput = NonNullable<ModelScript["turns"]>[number];

function one(reply: TurnInput["reply"], fault?: TurnInput["fault"]): ModelScript {
  return { turns: [{ reply, fault }] };
}
