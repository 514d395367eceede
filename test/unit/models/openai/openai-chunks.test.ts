import type OpenAI from "openai";
import { expect, test } from "vitest";
import { toolCallsOf } from "../../../../src/domain/message.ts";
import { openaiUsed, readOpenaiChunks } from "../../../../src/models/openai/openai-chunks.ts";
import { toOpenaiMessages } from "../../../../src/models/openai/openai-messages.ts";

type Choice = OpenAI.ChatCompletionChunk.Choice;

const origin = { api: "chat", provider: "local" } as const;
const request = { system: "Be careful.", messages: [], tools: [], maxOutputTokens: 100 };

test("calls that all come at index 0 are told apart by their ids", () => {
  const answer = readOpenaiChunks(
    chunks(
      { tool_calls: [{ index: 0, id: "a", function: { name: "read", arguments: '{"path":"a"}' } }] },
      { tool_calls: [{ index: 0, id: "b", function: { name: "read", arguments: '{"path":"b"}' } }] },
    ),
    origin,
    request,
  );
  expect(toolCallsOf(answer).map((call) => [call.id, call.arguments])).toEqual([
    ["a", { path: "a" }],
    ["b", { path: "b" }],
  ]);
});

test("a call without an id gets one of its own, and no arguments are an empty object", () => {
  const answer = readOpenaiChunks(
    chunks(
      { tool_calls: [{ index: 0, function: { name: "list" } }] },
      { tool_calls: [{ index: 1, function: { name: "list" } }] },
    ),
    origin,
    request,
  );
  const calls = toolCallsOf(answer);
  expect(calls.map((call) => call.arguments)).toEqual([{}, {}]);
  expect(new Set(calls.map((call) => call.id)).size).toBe(2);
});

test("an answer that calls tools stopped for them, whatever the server says", () => {
  const answer = readOpenaiChunks(
    chunks({ tool_calls: [{ index: 0, id: "a", function: { name: "list" } }] }),
    origin,
    request,
  );
  expect(answer.stopReason).toBe("tool_calls");
});

test("usage that the server does not tell is estimated", () => {
  const answer = readOpenaiChunks(chunks({ content: "word ".repeat(40) }), origin, request);
  expect(answer.usage).toEqual({ input: 6, output: 50, cacheRead: 0, cacheWrite: 0 });
});

test("a refusal is an answer that says so", () => {
  const answer = readOpenaiChunks(chunks({ refusal: "I will not." }), origin, request);
  expect(answer).toMatchObject({ stopReason: "refusal", content: [{ text: "I will not." }] });
});

test("a stream without an end is no answer", () => {
  expect(() => readOpenaiChunks(chunks({ content: "Hel" }).slice(0, -1), origin, request)).toThrow("ended before");
});

test("calls that all come at index 0 without an id are told apart by their names", () => {
  const call = (args: string) => ({ tool_calls: [{ index: 0, id: "", function: { name: "read", arguments: args } }] });
  const answer = readOpenaiChunks(chunks(call('{"path":"a"}'), call('{"path":"b"}')), origin, request);
  expect(toolCallsOf(answer).map((of) => of.arguments)).toEqual([{ path: "a" }, { path: "b" }]);
});

test("a name that is said again with every part of a call is still one call", () => {
  const part = (args: string) => ({ tool_calls: [{ index: 0, function: { name: "read", arguments: args } }] });
  const answer = readOpenaiChunks(chunks(part('{"pa'), part('th":"a"}')), origin, request);
  expect(toolCallsOf(answer).map((of) => [of.name, of.arguments])).toEqual([["read", { path: "a" }]]);
});

test("two calls of one id are two calls, and the second gets an id of its own", () => {
  const call = (index: number) => ({
    tool_calls: [{ index, id: "call_0", function: { name: "read", arguments: "{}" } }],
  });
  const ids = toolCallsOf(readOpenaiChunks(chunks(call(0), call(1)), origin, request)).map(({ id }) => id);
  expect(ids[0]).toBe("call_0");
  expect(new Set(ids).size).toBe(2);
});

test("arguments may come as an object instead of its text", () => {
  const call = { tool_calls: [{ index: 0, id: "a", function: { name: "read", arguments: { path: "a" } } }] };
  const answer = readOpenaiChunks([{ choices: [{ delta: call, finish_reason: "tool_calls" }] }], origin, request);
  expect(toolCallsOf(answer)[0]?.arguments).toEqual({ path: "a" });
});

test("text may come in parts, of which thoughts are not the answer", () => {
  const content = [
    { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
    { type: "text", text: "Hello." },
  ];
  expect(
    readOpenaiChunks([{ choices: [{ delta: { content }, finish_reason: "stop" }] }], origin, request),
  ).toMatchObject({
    content: [{ type: "text", text: "Hello." }],
  });
});

test("chunks without choices or with empty ones say nothing, like those of Azure's filters", () => {
  const filters = { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }], model: "" };
  const closing = { choices: [{ index: 0, finish_reason: null, content_filter_results: {} }], usage: null };
  const answer = readOpenaiChunks([filters, ...chunks({ content: "Hello." }), closing], origin, request);
  expect(answer).toMatchObject({ content: [{ text: "Hello." }], stopReason: "end", model: "local/m" });
  expect(openaiUsed([filters], request, false)).toBeUndefined();
});

test.each([
  ["OpenAI", { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } }, 40, 20, 60],
  [
    "DeepSeek",
    { prompt_tokens: 100, completion_tokens: 20, prompt_cache_hit_tokens: 70, prompt_cache_miss_tokens: 30 },
    30,
    20,
    70,
  ],
  ["Moonshot", { prompt_tokens: 100, completion_tokens: 20, cached_tokens: 10 }, 90, 20, 10],
  [
    "Google, whose thoughts stand only in the total",
    { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 },
    20,
    603,
    0,
  ],
  [
    "a gateway that counts thoughts beside the completion",
    { prompt_tokens: 21, completion_tokens: 0, completion_tokens_details: { reasoning_tokens: 60 } },
    21,
    60,
    0,
  ],
])("the usage of %s is what it bills", (_, usage, input, output, cacheRead) => {
  const answer = readOpenaiChunks([...chunks({ content: "Hello." }), { choices: [], usage }], origin, request);
  expect(answer.usage).toMatchObject({ input, output, cacheRead, cacheWrite: 0 });
});

test("usage is found where a server puts it, and the newest counts", () => {
  const usage = { prompt_tokens: 7, completion_tokens: 3 };
  const text = chunks({ content: "Hello." });
  const places = [
    [...text, { x_groq: { usage }, choices: [] }],
    [...text.slice(0, -1), { choices: [{ delta: {}, finish_reason: "stop", usage }] }],
    [
      { choices: [{ delta: { content: "Hello." } }], usage: { prompt_tokens: 7, completion_tokens: 1 } },
      ...text.slice(1),
      { usage },
    ],
    [...text, { usage }, { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } }],
  ];
  for (const place of places) {
    expect(readOpenaiChunks(place, origin, request).usage).toEqual({
      input: 7,
      output: 3,
      cacheRead: 0,
      cacheWrite: 0,
    });
  }
});

test("an answer that breaks off used what was told on the way, else what had come, and never more than was allowed", () => {
  const said = (words: number) => ({
    choices: [{ delta: { content: "word ".repeat(words), reasoning_content: "hm. " } }],
  });
  expect(openaiUsed([said(8)], request, false)).toMatchObject({ output: 11 });
  expect(openaiUsed([said(8000)], request, false)).toMatchObject({ output: 100 });
  const usage = { prompt_tokens: 500, completion_tokens: 2 };
  expect(openaiUsed([{ ...said(8), usage }], request, false)).toMatchObject({ input: 500, output: 11 });
  expect(openaiUsed(["not a chunk", said(8)], request, false)).toMatchObject({ output: 11 });
});

test.each(["error", "network_error", "insufficient_system_resource"])(
  "a stream that ends for %s is no answer",
  (finish) => {
    const broken = [...chunks({ content: "Hel" }).slice(0, -1), { choices: [{ delta: {}, finish_reason: finish }] }];
    expect(() => readOpenaiChunks(broken, origin, request)).toThrow(finish);
  },
);

test("an error instead of an answer is told, though its status was 200", () => {
  const error = { code: 502, message: "Provider returned error" };
  for (const body of [{ error }, { choices: [{ error, message: { content: "" }, finish_reason: "stop" }] }]) {
    expect(() => readOpenaiChunks([body], origin, request)).toThrow("Provider returned error");
  }
});

test.each([
  ["max_tokens", "max_tokens"],
  ["model_length", "max_tokens"],
  ["SAFETY", "refusal"],
  ["eos", "end"],
])("a stop for %s is %s", (finish, stopReason) => {
  const answer = readOpenaiChunks(
    [{ choices: [{ message: { content: "Well" }, finish_reason: finish }] }],
    origin,
    request,
  );
  expect(answer.stopReason).toBe(stopReason);
});

test("what a server wants back with its calls goes back there: thoughts, their parts and signatures", () => {
  const detail = { type: "reasoning.text", index: 0, format: "x" };
  const answer = readOpenaiChunks(
    [
      { choices: [{ delta: { reasoning_content: "Hm", reasoning_details: [{ ...detail, text: "Hm" }] } }] },
      {
        choices: [{ delta: { reasoning_content: ".", reasoning_details: [{ ...detail, text: ".", signature: "s" }] } }],
      },
      {
        choices: [
          {
            delta: {
              tool_calls: [
                {
                  index: 0,
                  id: "a",
                  function: { name: "read", arguments: "{}" },
                  extra_content: { google: { thought_signature: "t" } },
                },
              ],
            },
            finish_reason: "tool_calls",
          },
        ],
      },
    ],
    origin,
    request,
  );
  const [sent] = toOpenaiMessages("", [answer], origin);
  expect(sent).toEqual({
    role: "assistant",
    content: null,
    reasoning_content: "Hm.",
    reasoning_details: [{ ...detail, text: "Hm.", signature: "s" }],
    tool_calls: [
      {
        id: "a",
        type: "function",
        function: { name: "read", arguments: "{}" },
        extra_content: { google: { thought_signature: "t" } },
      },
    ],
  });
  expect(JSON.stringify(toOpenaiMessages("", [answer], { ...origin, provider: "another" }))).not.toMatch(
    /Hm|signature/,
  );
});

test("thoughts that led to no call are not kept", () => {
  const delta = { content: "Hello.", reasoning_content: "Hm." };
  const answer = readOpenaiChunks([{ choices: [{ delta, finish_reason: "stop" }] }], origin, request);
  expect(answer).not.toHaveProperty("echo");
});

function chunks(...deltas: readonly Choice["delta"][]): OpenAI.ChatCompletionChunk[] {
  const choice = (delta: Choice["delta"], finish: Choice["finish_reason"]) => ({
    id: "1",
    object: "chat.completion.chunk" as const,
    created: 0,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return [...deltas.map((delta) => choice(delta, null)), choice({}, "stop")];
}
