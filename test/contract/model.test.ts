import { describe, expect, test } from "vitest";
import { z } from "zod";
import { askFor } from "../../src/agent/ask-for.ts";
import { NightshiftError } from "../../src/domain/errors.ts";
import { type AssistantMessage, type Message, message, textOf, toolCallsOf } from "../../src/domain/message.ts";
import { BrokenAnswer, costUsd, type Model, type ModelRequest, RequestRefused } from "../../src/domain/model.ts";
import { anthropicModel } from "../../src/models/anthropic-model.ts";
import type { ModelOptions } from "../../src/models/model-options.ts";
import { openaiModel } from "../../src/models/openai-model.ts";
import { responsesModel } from "../../src/models/responses-model.ts";
import { routeOf } from "../../src/models/route.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { pocket } from "../support/pocket.ts";

const apiKey = "sk-test-very-secret";
const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
const never = new AbortController().signal;

type Options = Partial<Omit<ModelOptions, "apiKey">>;

interface Format {
  readonly name: string;
  /** Where the growing part of a request stands. */
  readonly grows: "messages" | "input";
  build(server: ScriptedModel, options?: Options): Model;
  readonly overflow: { readonly message?: string; readonly body?: unknown };
}

const openaiOverflow = {
  body: {
    error: {
      message: "Your input exceeds the limit of this model.",
      type: "invalid_request_error",
      code: "context_length_exceeded",
    },
  },
};

const formats: readonly Format[] = [
  {
    name: "anthropic",
    grows: "messages",
    build: (server, options) =>
      anthropicModel({
        apiKey,
        baseUrl: server.anthropicBaseUrl,
        model: "claude-test",
        price,
        ...options,
      }),
    overflow: { message: "prompt is too long: 210000 tokens > 200000 maximum" },
  },
  {
    name: "openai",
    grows: "input",
    build: (server, options) => responsesModel({ ...openai(server, "openai"), ...options }),
    overflow: openaiOverflow,
  },
  {
    name: "openai by chat",
    grows: "messages",
    build: (server, options) => openaiModel({ ...openai(server, "openai"), ...options }),
    overflow: openaiOverflow,
  },
  {
    name: "local",
    grows: "messages",
    build: (server, options) =>
      openaiModel({ provider: "local", baseUrl: server.openaiBaseUrl, model: "llama-test", price, ...options }),
    overflow: { message: "This model's maximum context length is 4096 tokens." },
  },
];
const cases = formats.flatMap((format) =>
  [true, false].map((stream) => ({
    ...format,
    how: stream ? "streamed" : "at once",
    stream,
    build: (server: ScriptedModel, options?: Options) => format.build(server, { stream, ...options }),
  })),
);

describe.each(cases)("a model that speaks as $name, $how", ({ name, stream, grows, build, overflow }) => {
  test("answers with text, what it used and who it is", async () => {
    const usage = { input: 10, output: 50, cache_read: 100, cache_write: 20, reasoning: 30 };
    await using server = await startScriptedModel({ script: one({ text: "Hello, you.", usage }) });
    const model = build(server);

    const answer = await model.complete(ask("Hello?"), { signal: never });

    expect(answer).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Hello, you." }],
      stopReason: "end",
      usage: { input: 10, output: 50, cacheRead: 100, cacheWrite: 20, reasoning: 30 },
      model: model.name,
    });
    expect(costUsd(answer.usage, price)).toBeCloseTo((10 * 3 + 50 * 15 + 100 * 0.3 + 20 * 3.75) / 1e6, 12);
    expect(model.name).toMatch(new RegExp(`^${name.split(" ")[0]}/.*-test$`));
    expect(server.requests[0]?.body).toMatchObject({ stream });
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

  test("looks at the pictures of a person and of a tool", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            expect: { last_includes: ["Like this"], last_images: 1 },
            reply: { tool_calls: [{ name: "read" }, { name: "run" }] },
          },
          { expect: { last_includes: ["a screenshot", "ok"], last_images: 2 }, reply: { text: "Seen." } },
          { expect: { last_includes: ["Really?"], last_images: 0 }, reply: { text: "Yes." } },
        ],
      },
    });
    const model = build(server);
    const opening: Message = { role: "user", text: "Like this.", images: [picture] };
    const first = await model.complete({ ...ask(""), messages: [opening] }, { signal: never });
    const results = toolCallsOf(first).map(({ id, name: tool }) =>
      tool === "read"
        ? { callId: id, name: tool, text: "a screenshot", isError: false, images: [picture, picture] }
        : { callId: id, name: tool, text: "ok", isError: false },
    );
    const messages: Message[] = [opening, first, { role: "tool", results }];
    const second = await model.complete({ ...ask(""), messages }, { signal: never });
    expect(textOf(second)).toBe("Seen.");
    messages.push(second, { role: "user", text: "Really?" });
    expect(textOf(await model.complete({ ...ask(""), messages }, { signal: never }))).toBe("Yes.");
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

  test.each(["native", "tool", "text"] as const)(
    "answers with data of a shape, asked for as %s",
    async (structured) => {
      const answer = { level: 3, files: [{ path: "a.ts" }] };
      await using server = await startScriptedModel({ script: one({ answer }) });
      const request = { ...ask("How bad?"), tools: [], answer: { name: "verdict", schema: verdict } };
      const reply = await build(server, { structured }).complete(request, { signal: never });
      expect(reply).toMatchObject({ content: [{ type: "text" }], stopReason: "end" });
      expect(JSON.parse(textOf(reply))).toEqual(answer);
      expect(reply).not.toHaveProperty("echo");
      const body = JSON.stringify(server.requests[0]?.body);
      expect(body.includes("json_schema")).toBe(structured === "native");
      expect(body.includes("tool_choice")).toBe(structured === "tool");
      expect(server.complaints).toEqual([]);
    },
  );

  test.each(["native", "tool", "text"] as const)(
    "is told what is wrong with its data and mends it, asked for as %s",
    async (structured) => {
      const again = { last_includes: ["not the answer that was asked for", "level"] };
      await using server = await startScriptedModel({
        script: {
          turns: [{ reply: { answer: { level: "high" } } }, { expect: again, reply: { answer: { level: 3 } } }],
        },
      });
      const route = routeOf({ models: [build(server, { structured })], purse: pocket(10) });
      const schema = z.object({ level: z.int() });
      const asked = await askFor(route, { ...ask("How bad?"), tools: [] }, schema, { signal: never });
      expect(asked).toMatchObject({ status: "answered", value: { level: 3 } });
      expect(server.complaints).toEqual([]);
    },
  );

  test("may use its tools before it answers with data", async () => {
    const answer = { level: 1 };
    await using server = await startScriptedModel({
      script: { turns: [{ reply: { tool_calls: [{ name: "read" }] } }, { reply: { answer } }] },
    });
    const model = build(server, { structured: "tool" });
    const request = { ...ask("How bad?"), answer: { name: "verdict", schema: verdict } };
    const first = await model.complete(request, { signal: never });
    expect(toolCallsOf(first)).toMatchObject([{ name: "read" }]);
    const second = await model.complete(
      { ...request, messages: [...request.messages, first, resultsOf(first)] },
      { signal: never },
    );
    expect(toolCallsOf(second)).toEqual([]);
    expect(JSON.parse(textOf(second))).toEqual(answer);
    expect(server.complaints).toEqual([]);
  });

  test.each(["max_tokens", "refusal"] as const)("says when it stopped for %s", async (stopReason) => {
    await using server = await startScriptedModel({ script: one({ text: "Well", stop_reason: stopReason }) });
    expect((await build(server).complete(ask("Go on."), { signal: never })).stopReason).toBe(stopReason);
  });

  test("gets its thoughts back as they were, and no other provider or API does", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            reply: {
              thinking: "Hmm, a.ts.",
              text: "I look.",
              tool_calls: [{ name: "read", arguments: { path: "a.ts" } }],
            },
          },
          { reply: { text: "Done." } },
        ],
      },
    });
    const model = build(server, { provider: "one" });
    const first = await model.complete(ask("Go."), { signal: never });
    expect(first.content).toMatchObject([{ type: "text", text: "I look." }, { type: "tool_call" }]);
    const stored: Message = message.parse(JSON.parse(JSON.stringify(first)));
    const next = ask("Go.", stored, resultsOf(first));

    await model.complete(next, { signal: never });
    for (const other of formats) await other.build(server, { provider: "another" }).complete(next, { signal: never });
    for (const other of formats.filter(({ grows: of, name: its }) => of !== grows && its !== name)) {
      await other.build(server, { provider: "one" }).complete(next, { signal: never });
    }

    const [back, ...others] = server.requests.slice(1).map(({ body }) => JSON.stringify(body));
    const thought = name === "openai" ? Buffer.from("Hmm, a.ts.").toString("base64") : "Hmm, a.ts.";
    expect(back).toContain(thought);
    for (const other of others) expect(other).not.toContain(thought);
    expect(server.complaints).toEqual([]);
  });

  test("sends what it has sent before unchanged, and only adds to it", async () => {
    await using server = await startScriptedModel({ script: conversation });
    const model = build(server);
    const messages: Message[] = [{ role: "user", text: "Go.", images: [picture] }];
    for (const _ of conversation.turns) {
      // The order in which tools are given is not the model's business.
      const turned = server.requests.length % 2 === 0 ? tools : tools.toReversed();
      const reply = await model.complete({ ...ask(""), messages, tools: turned }, { signal: never });
      const calls = toolCallsOf(reply);
      messages.push(reply, calls.length > 0 ? resultsOf(reply, [picture]) : { role: "user", text: "Go on." });
    }
    // The marks up to where to cache move on.
    const sent = server.requests.map(({ body }) =>
      JSON.stringify(body).replaceAll(',"cache_control":{"type":"ephemeral"}', ""),
    );
    expect(sent).toHaveLength(4);
    for (const [index, later] of sent.slice(1).entries()) {
      const before = sent[index]?.slice(0, -"]}".length) ?? "";
      expect(before).toContain(`"${grows}":[`);
      expect(later.startsWith(`${before},`), `${before}\n${later}`).toBe(true);
    }
  });

  test("asks once, and says how long to wait where the server does", async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const waits = [
      [{ retry_after: 3 }, 3000, 3000],
      [{ retry_after_ms: 250, retry_after: 1 }, 250, 250],
      [{ retry_after: date }, 80_000, 90_000],
    ] as const;
    for (const [fault, least, most] of waits) {
      await using server = await startScriptedModel({
        script: one({ text: "Never." }, { status: 429, times: 9, ...fault }),
      });
      const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
      expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
      const { retryAfterMs } = error as NightshiftError & { readonly retryAfterMs?: number };
      expect(retryAfterMs).toBeGreaterThanOrEqual(least);
      expect(retryAfterMs).toBeLessThanOrEqual(most);
      expect(server.requests).toHaveLength(1);
    }
  });

  test.each([500, 529])("is unavailable, which may pass, after an answer of %i", async (status) => {
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status, times: 9 }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true, retryAfterMs: undefined });
    expect(error).not.toBeInstanceOf(BrokenAnswer);
    expect(server.requests).toHaveLength(1);
  });

  test("is unavailable when nobody listens", async () => {
    const server = await startScriptedModel({ script: one({ text: "Never said." }) });
    await server[Symbol.asyncDispose]();
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expect(error).not.toBeInstanceOf(BrokenAnswer);
  });

  test.each([400, 401, 403, 404])("refuses for good on %i, in words that help and without the key", async (status) => {
    const text = `no good: ${apiKey}`;
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status, message: text }) });
    const error = await failure(build(server, { keyVariable: "THE_KEY" }).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_refused", retryable: false });
    // Of these, what is wrong with the key, the account or the model is so for every request.
    expect(error instanceof RequestRefused).toBe(status === 400);
    expect(error.message).toContain(new URL(server.url).host);
    expect(error.message).toContain("no good");
    if (name !== "local") {
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(apiKey);
      if (status === 401) expect(error.message).toContain("Set THE_KEY");
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

  test.each([
    ["mid_stream", 0],
    ["early_end", 0],
    ["stall", 500],
  ] as const)("never takes half an answer for one, and says what it used: %s", async (cut, idleMs) => {
    await using server = await startScriptedModel({ script: one({ text: long }, { cut, times: 9 }) });
    const model = build(server, idleMs > 0 ? { idleMs } : {});
    const error = await failure(model.complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expectHalf(error);
    if (cut === "stall" && stream) expect(error.message).toContain("silent for 0.5 s");
    expect(server.requests).toHaveLength(1);
  });

  test("counts no more output than was allowed when an answer breaks off", async () => {
    await using server = await startScriptedModel({ script: one({ text: long }, { cut: "mid_stream" }) });
    const error = await failure(build(server).complete({ ...ask("Hello?"), maxOutputTokens: 20 }, { signal: never }));
    expect(error).toMatchObject({ usage: { output: 20 } });
  });

  test("tells an error that comes within a stream as what it is", async () => {
    await using server = await startScriptedModel({
      script: one({ text: long }, { stream_error: "the engine fell over" }),
    });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expect(error.message).toContain("the engine fell over");
    if (stream) expectHalf(error);
  });

  test("is unavailable when the server is silent from the start", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }, { delay_ms: 600_000 }) });
    const error = await failure(build(server, { idleMs: 300 }).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expectBilled(error, { whole: !stream });
  });

  test("stops at once when it is cancelled", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }, { delay_ms: 600_000 }) });
    const controller = new AbortController();
    const pending = failure(build(server).complete(ask("Hello?"), { signal: controller.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    const error = await pending;
    expect(error).toMatchObject({ code: "cancelled", retryable: false });
    expectBilled(error, { whole: !stream });
  });

  test("makes no call when it is cancelled before", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: AbortSignal.abort() }));
    expect(error.code).toBe("cancelled");
    expect(error).not.toBeInstanceOf(BrokenAnswer);
    expect(server.requests).toHaveLength(0);
  });

  test("says how much context it has, where it was told", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Hello." }) });
    expect(build(server, { contextTokens: 4096 })).toMatchObject({ contextTokens: 4096 });
    expect(build(server)).not.toHaveProperty("contextTokens");
  });
});

const picture = { mediaType: "image/png", base64: "iVBORw0KGgo=" } as const;
const long = "The half of this sentence is not an answer. ".repeat(50);
const verdict = {
  type: "object",
  properties: {
    level: { type: "integer" },
    note: { type: "string" },
    files: {
      type: "array",
      items: {
        type: "object",
        properties: { path: { type: "string" }, line: { type: "integer" } },
        required: ["path"],
      },
    },
  },
  required: ["level"],
};

const tools = ["read", "run"].map((name) => ({
  name,
  description: `May ${name}.`,
  parameters: { type: "object", properties: { path: { type: "string" } } },
}));

const read = { name: "read", arguments: { path: "a.ts" } };
const conversation = {
  turns: [
    { reply: { thinking: "First this.", tool_calls: [read, { name: "run" }] } },
    { reply: { text: "Hm." } },
    { reply: { thinking: "Then that.", text: "So.", tool_calls: [read] } },
    { reply: { text: "Done." } },
  ],
} satisfies ModelScript;

function openai(server: ScriptedModel, provider: string): ModelOptions {
  const baseUrl = server.openaiBaseUrl;
  return { provider, apiKey, keyVariable: "OPENAI_API_KEY", baseUrl, model: "gpt-5-test", price };
}

function expectHalf(error: NightshiftError): void {
  expect(error).toBeInstanceOf(BrokenAnswer);
  const { usage } = error as BrokenAnswer;
  expect(usage.input + usage.cacheRead + usage.cacheWrite).toBeGreaterThan(20);
  expect(usage.output).toBeGreaterThan(100);
  expect(usage.output).toBeLessThanOrEqual(500);
}

/** The prompt was read, so it is paid; what was not streamed may have been written to its end. */
function expectBilled(error: NightshiftError, { whole }: { readonly whole: boolean }): void {
  expect(error).toBeInstanceOf(BrokenAnswer);
  const { usage } = error as BrokenAnswer;
  expect(usage.input).toBeGreaterThan(20);
  if (whole) expect(usage.output).toBe(500);
}

function resultsOf(reply: AssistantMessage, images?: readonly (typeof picture)[]): Message {
  const results = toolCallsOf(reply).map(({ id, name }) => ({ callId: id, name, text: "ok", isError: false }));
  return { role: "tool", results: images ? results.map((result) => ({ ...result, images: [...images] })) : results };
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
