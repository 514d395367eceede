import { describe, expect, test } from "vitest";
import { NightshiftError } from "../../src/domain/errors.ts";
import { type AssistantMessage, type Message, message, textOf, toolCallsOf } from "../../src/domain/message.ts";
import { costUsd, type Model, type ModelRequest } from "../../src/domain/model.ts";
import { anthropicModel } from "../../src/models/anthropic-model.ts";
import { openaiModel } from "../../src/models/openai-model.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";

const apiKey = "sk-test-very-secret";
const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
const never = new AbortController().signal;

const formats = [
  {
    name: "anthropic",
    build: (server: ScriptedModel, maxRetries?: number): Model =>
      anthropicModel({ apiKey, baseUrl: server.anthropicBaseUrl, model: "claude-test", price, ...tries(maxRetries) }),
    overflow: { message: "prompt is too long: 210000 tokens > 200000 maximum" },
  },
  {
    name: "openai",
    build: (server: ScriptedModel, maxRetries?: number): Model =>
      openaiModel({
        provider: "openai",
        apiKey,
        keyVariable: "OPENAI_API_KEY",
        baseUrl: server.openaiBaseUrl,
        model: "gpt-test",
        price,
        ...tries(maxRetries),
      }),
    overflow: {
      body: {
        error: {
          message: "Your input exceeds the limit of this model.",
          type: "invalid_request_error",
          code: "context_length_exceeded",
        },
      },
    },
  },
  {
    name: "local",
    build: (server: ScriptedModel, maxRetries?: number): Model =>
      openaiModel({
        provider: "local",
        baseUrl: server.openaiBaseUrl,
        model: "llama-test",
        price,
        ...tries(maxRetries),
      }),
    overflow: { message: "This model's maximum context length is 4096 tokens." },
  },
];

describe.each(formats)("a model that speaks as $name", ({ name, build, overflow }) => {
  test("answers with text, what it used and who it is", async () => {
    const usage = { input: 10, output: 5, cache_read: 100, cache_write: 20 };
    await using server = await startScriptedModel({ script: one({ text: "Hello, you.", usage }) });
    const model = build(server);

    const answer = await model.complete(ask("Hello?"), { signal: never });

    expect(answer).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Hello, you." }],
      stopReason: "end",
      usage: { input: 10, output: 5, cacheRead: 100, cacheWrite: 20 },
      model: model.name,
    });
    expect(costUsd(answer.usage, price)).toBeCloseTo((10 * 3 + 5 * 15 + 100 * 0.3 + 20 * 3.75) / 1e6, 12);
    expect(model.name).toMatch(new RegExp(`^${name}/.*-test$`));
    expect(server.complaints).toEqual([]);
  });

  test("asks for two tools at once and takes their results, a failed one among them", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            expect: { system_includes: ["careful"], last_includes: ["Mend it"], tools: ["read", "run"] },
            reply: {
              text: "I look first.",
              tool_calls: [
                { name: "read", arguments: { path: "a.ts" } },
                { name: "run", arguments: { line: "npm test" } },
              ],
            },
          },
          {
            expect: {
              last_includes: ["let a = 1;", "ERROR: command not found"],
              conversation_includes: ["I look first."],
            },
            reply: { text: "Done." },
          },
        ],
      },
    });
    const model = build(server);
    const first = await model.complete(ask("Mend it."), { signal: never });
    const [read, run] = toolCallsOf(first);
    expect(first.stopReason).toBe("tool_calls");
    expect(textOf(first)).toBe("I look first.");
    expect([read?.arguments, run?.arguments]).toEqual([{ path: "a.ts" }, { line: "npm test" }]);

    const second = await model.complete(
      ask("Mend it.", first, {
        role: "tool",
        results: [
          { callId: read?.id ?? "", name: "read", text: "let a = 1;", isError: false },
          { callId: run?.id ?? "", name: "run", text: "command not found", isError: true },
        ],
      }),
      { signal: never },
    );

    expect(textOf(second)).toBe("Done.");
    expect(server.complaints).toEqual([]);
  });

  test("hands broken tool arguments over as the text they are, and can go on after them", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          { reply: { tool_calls: [{ name: "read", arguments: '{"path": "a.ts' }] } },
          { expect: { last_includes: ["not JSON"] }, reply: { text: "Sorry." } },
        ],
      },
    });
    const model = build(server);
    const first = await model.complete(ask("Read a.ts."), { signal: never });
    const [call] = toolCallsOf(first);
    expect(call?.arguments).toBe('{"path": "a.ts');

    const results = [{ callId: call?.id ?? "", name: "read", text: "the arguments are not JSON", isError: true }];
    const second = await model.complete(ask("Read a.ts.", first, { role: "tool", results }), { signal: never });

    expect(textOf(second)).toBe("Sorry.");
    expect(server.complaints).toEqual([]);
  });

  test.each(["max_tokens", "refusal"] as const)("says when it stopped for %s", async (stopReason) => {
    await using server = await startScriptedModel({ script: one({ text: "Well", stop_reason: stopReason }) });
    expect((await build(server).complete(ask("Go on."), { signal: never })).stopReason).toBe(stopReason);
  });

  test("waits as long as a rate limit says and tries again", async () => {
    await using server = await startScriptedModel({
      script: one({ text: "Here." }, { status: 429, times: 2, retry_after: 0.001 }),
    });
    expect(textOf(await build(server).complete(ask("Hello?"), { signal: never }))).toBe("Here.");
    expect(server.requests).toHaveLength(3);
  });

  test.each([500, 529])("is unavailable, which may pass, after five answers of %i", async (status) => {
    await using server = await startScriptedModel({
      script: one({ text: "Never said." }, { status, times: 9, retry_after: 0.001 }),
    });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expect(server.requests).toHaveLength(5);
  });

  test("is unavailable when nobody listens", async () => {
    const server = await startScriptedModel({ script: one({ text: "Never said." }) });
    await server[Symbol.asyncDispose]();
    const error = await failure(build(server, 0).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
  });

  test.each([400, 401, 403, 404])("refuses for good on %i, in words that help and without the key", async (status) => {
    const message = `no good: ${apiKey}`;
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status, message }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_refused", retryable: false });
    expect(error.message).toContain(new URL(server.url).host);
    expect(error.message).toContain("no good");
    if (name !== "local") {
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(apiKey);
      if (status === 401) expect(error.message).toContain(`Set ${name.toUpperCase()}_API_KEY`);
    }
    expect(server.requests).toHaveLength(1);
  });

  test("says when the conversation is too long for it", async () => {
    await using server = await startScriptedModel({
      script: one({ text: "Never said." }, { status: 400, ...overflow }),
    });
    const error = await failure(build(server).complete(ask("x".repeat(1000)), { signal: never }));
    expect(error).toMatchObject({ code: "context_overflow", retryable: false });
  });

  test.each(["mid_stream", "early_end"] as const)("never takes half a stream for an answer: %s", async (cut) => {
    const text = "The half of this sentence is not an answer. ".repeat(50);
    await using server = await startScriptedModel({ script: one({ text }, { cut, times: 9 }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
  });

  test("stops at once when it is cancelled", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }, { delay_ms: 600_000 }) });
    const controller = new AbortController();
    const pending = failure(build(server).complete(ask("Hello?"), { signal: controller.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    expect(await pending).toMatchObject({ code: "cancelled", retryable: false });
  });

  test("makes no call when it is cancelled before", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: AbortSignal.abort() }));
    expect(error.code).toBe("cancelled");
    expect(server.requests).toHaveLength(0);
  });
});

test("the prompt is cached up to the newest message and the one before", async () => {
  await using server = await startScriptedModel({ script: twoTurns });
  await secondTurn(anthropicModel({ apiKey, baseUrl: server.anthropicBaseUrl, model: "claude-test", price }));
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

test("signed thinking goes back to Claude as it came, and nowhere else", async () => {
  const calls = [{ name: "read", arguments: { path: "a.ts" } }];
  await using server = await startScriptedModel({
    script: {
      turns: [{ reply: { thinking: "Hmm, a.ts.", text: "I look.", tool_calls: calls } }, { reply: { text: "Done." } }],
    },
  });
  const claude = anthropicModel({ apiKey, baseUrl: server.anthropicBaseUrl, model: "claude-test", price });
  const first = await claude.complete(ask("Go."), { signal: never });
  expect(first.content).toMatchObject([{ type: "text", text: "I look." }, { type: "tool_call" }]);
  const stored: Message = message.parse(JSON.parse(JSON.stringify(first)));

  const results = toolCallsOf(first).map(({ id, name }) => ({ callId: id, name, text: "ok", isError: false }));
  const next = ask("Go.", stored, { role: "tool", results });
  await claude.complete(next, { signal: never });
  expect(server.requests[1]?.body).toMatchObject({
    messages: [
      {},
      {
        content: [
          { type: "thinking", thinking: "Hmm, a.ts.", signature: "signature_1" },
          { type: "text", text: "I look." },
          { type: "tool_use", name: "read", input: { path: "a.ts" } },
        ],
      },
      {},
    ],
  });

  const other = openaiModel({ provider: "local", baseUrl: server.openaiBaseUrl, model: "m", price });
  await other.complete(next, { signal: never });
  expect(JSON.stringify(server.requests[2]?.body)).not.toContain("Hmm");
});

test("a longest answer of any size is allowed, though the SDK refuses long ones that are not streamed", async () => {
  await using server = await startScriptedModel({ script: one({ text: "Long." }) });
  const model = anthropicModel({ apiKey, baseUrl: server.anthropicBaseUrl, model: "claude-opus-4-1", price });
  const answer = await model.complete({ ...ask("Hello?"), maxOutputTokens: 128_000 }, { signal: never });
  expect(textOf(answer)).toBe("Long.");
});

test("OpenAI gets max_completion_tokens, a local server max_tokens", async () => {
  await using server = await startScriptedModel({ script: one({ text: "Hello." }) });
  const baseUrl = server.openaiBaseUrl;
  await openaiModel({ provider: "openai", apiKey, baseUrl, model: "m", price }).complete(ask("?"), { signal: never });
  await openaiModel({ provider: "local", baseUrl, model: "m", price }).complete(ask("?"), { signal: never });
  expect(server.requests.map(({ body }) => body)).toMatchObject([{ max_completion_tokens: 500 }, { max_tokens: 500 }]);
  expect(server.requests[0]?.body).not.toHaveProperty("max_tokens");
  expect(server.requests[1]?.body).not.toHaveProperty("max_completion_tokens");
});

test("an account without money is refused, not tried for ever", async () => {
  const body = { error: { message: "You exceeded your current quota.", type: "insufficient_quota", code: null } };
  const script = one({ text: "Never said." }, { status: 429, times: 9, retry_after: 0.001, body });
  await using server = await startScriptedModel({ script });
  const model = openaiModel({ provider: "openai", apiKey, baseUrl: server.openaiBaseUrl, model: "m", price });
  const error = await failure(model.complete(ask("Hello?"), { signal: never }));
  expect(error).toMatchObject({ code: "model_refused", retryable: false });
  expect(error.message).toContain("billing");
});

const tools = ["read", "run"].map((name) => ({
  name,
  description: `May ${name}.`,
  parameters: { type: "object", properties: { path: { type: "string" } } },
}));

const twoTurns: ModelScript = {
  turns: [{ reply: { tool_calls: [{ name: "read", arguments: { path: "a.ts" } }] } }, { reply: { text: "Done." } }],
};

function tries(maxRetries: number | undefined): { maxRetries?: number } {
  return maxRetries === undefined ? {} : { maxRetries };
}

async function secondTurn(model: Model): Promise<AssistantMessage> {
  const first = await model.complete(ask("Go."), { signal: never });
  const results = toolCallsOf(first).map(({ id, name }) => ({ callId: id, name, text: "", isError: false }));
  return model.complete(ask("Go.", first, { role: "tool", results }), { signal: never });
}

function ask(text: string, ...rest: readonly Message[]): ModelRequest {
  return { system: "Be careful.", messages: [{ role: "user", text }, ...rest], tools, maxOutputTokens: 500 };
}

type TurnInput = NonNullable<ModelScript["turns"]>[number];

function one(reply: TurnInput["reply"], fault?: TurnInput["fault"]): ModelScript {
  return { turns: [{ reply, fault }] };
}

async function failure(promise: Promise<unknown>): Promise<NightshiftError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NightshiftError) return error;
  throw new Error("expected a NightshiftError", { cause: error });
}
