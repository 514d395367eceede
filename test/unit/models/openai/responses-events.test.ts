import type OpenAI from "openai";
import { expect, test } from "vitest";
import { readResponse, responseUsed } from "../../../../src/models/openai/responses-events.ts";
import { toResponsesInput } from "../../../../src/models/openai/responses-input.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;
type Response = OpenAI.Responses.Response;

const origin = { api: "responses", provider: "openai" } as const;
const request = { system: "Be careful.", messages: [], tools: [], maxOutputTokens: 100 };

const message = (text: string, phase?: "commentary" | "final_answer") => ({
  type: "message" as const,
  id: "msg_1",
  role: "assistant" as const,
  status: "completed" as const,
  content: [{ type: "output_text" as const, text, annotations: [], logprobs: [] }],
  ...(phase && { phase }),
});
const reasoning = { type: "reasoning" as const, id: "rs_1", summary: [] };

test("items that the end leaves out are taken from where they were told", () => {
  const done: Event = {
    type: "response.output_item.done",
    output_index: 0,
    sequence_number: 1,
    item: message("Hello."),
  };
  expect(readResponse([done, completed({ output: [] })], origin, request)).toMatchObject({
    content: [{ text: "Hello." }],
  });
});

test("a response that failed says why, and what it used", () => {
  const error = { code: "server_error" as const, message: "The model broke down." };
  const failed: Event = {
    type: "response.failed",
    sequence_number: 9,
    response: response({ status: "failed", error, usage }),
  };
  expect(() => readResponse([failed], origin, request)).toThrow("The model broke down.");
  expect(responseUsed([failed], request, false)).toMatchObject({ input: 40, output: 20, cacheRead: 60 });
});

test("a refusal is an answer that says so", () => {
  const refused = { ...message(""), content: [{ type: "refusal" as const, refusal: "I will not." }] };
  expect(readResponse([completed({ output: [refused] })], origin, request)).toMatchObject({
    stopReason: "refusal",
    content: [{ type: "text", text: "I will not." }],
  });
});

test("an end without the response, or left open, is no answer", () => {
  expect(() => readResponse([], origin, request)).toThrow("ended before");
  const open: Event = { type: "response.incomplete", sequence_number: 9, response: response({ status: "incomplete" }) };
  expect(() => readResponse([open], origin, request)).toThrow("left incomplete");
});

test("what breaks off has used its prompt, and the longest answer where thoughts are hidden", () => {
  const created: Event = {
    type: "response.created",
    sequence_number: 0,
    response: response({ status: "in_progress" }),
  };
  const prompt = { input: expect.toSatisfy((n: number) => n > 0), cacheRead: 0, cacheWrite: 0 };
  expect(responseUsed([], request, false)).toBeUndefined();
  expect(responseUsed([created], request, false)).toEqual({ ...prompt, output: 0 });
  expect(responseUsed([created], request, true)).toEqual({ ...prompt, output: 100 });
  const delta: Event = {
    type: "response.output_text.delta",
    sequence_number: 1,
    item_id: "m",
    output_index: 0,
    content_index: 0,
    delta: "word ".repeat(8),
    logprobs: [],
  };
  expect(responseUsed([created, delta], request, false)).toMatchObject({ output: 10 });
});

test("a response without counts is reckoned, and one that failed not as the longest answer", () => {
  const output = [message("word ".repeat(50))];
  for (const usage of [undefined, JSON.parse("{}")]) {
    const told = readResponse([completed({ output, usage })], origin, request).usage;
    expect(told).toEqual({ input: 6, output: 100, cacheRead: 0, cacheWrite: 0 });
  }
  const failed: Event = { type: "response.failed", sequence_number: 9, response: response({ status: "failed" }) };
  expect(responseUsed([failed], request, true)).toMatchObject({ output: 0 });
});

test("reasoning goes back encrypted and in its place, and what nobody can read is left out", () => {
  const call = { type: "function_call" as const, call_id: "a", name: "read", arguments: "" };
  const encrypted = { ...reasoning, encrypted_content: "c2VjcmV0" };
  const output = [reasoning, encrypted, message("I look.", "commentary"), call];
  const answer = readResponse([completed({ output })], origin, request);
  expect(toResponsesInput([answer], origin)).toEqual([
    encrypted,
    { type: "message", role: "assistant", content: "I look.", phase: "commentary" },
    { ...call, arguments: "{}" },
  ]);
  expect(toResponsesInput([answer], { ...origin, provider: "azure" })).toEqual([
    { role: "assistant", content: "I look." },
    { ...call, arguments: "{}" },
  ]);
  expect(readResponse([completed({ output: [reasoning, message("Hello.")] })], origin, request)).not.toHaveProperty(
    "echo",
  );
});

const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 0 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 120,
};

function completed(of: Partial<Response>): Event {
  return { type: "response.completed", sequence_number: 9, response: response(of) };
}

function response(of: Partial<Response>): Response {
  return {
    id: "resp_1",
    access_programs: null,
    object: "response",
    created_at: 0,
    model: "m",
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: null,
    output: [],
    output_text: "",
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: "auto",
    tools: [],
    top_p: null,
    ...of,
  };
}
