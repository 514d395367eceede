import type OpenAI from "openai";
import { expect, test } from "vitest";
import { toolCallsOf } from "../../../src/domain/message.ts";
import { readOpenaiChunks } from "../../../src/models/openai-chunks.ts";

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
  const answer = readOpenaiChunks(chunks({ content: "Hello." }), origin, request);
  expect(answer.usage.input).toBeGreaterThan(0);
  expect(answer.usage.output).toBeGreaterThan(0);
});

test("a refusal is an answer that says so", () => {
  const answer = readOpenaiChunks(chunks({ refusal: "I will not." }), origin, request);
  expect(answer).toMatchObject({ stopReason: "refusal", content: [{ text: "I will not." }] });
});

test("a stream without an end is no answer", () => {
  expect(() => readOpenaiChunks(chunks({ content: "Hel" }).slice(0, -1), origin, request)).toThrow("ended before");
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
