import { APIError } from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { BrokenAnswer } from "../../../src/domain/model.ts";
import { toModelError } from "../../../src/models/model-error.ts";

const apiKey = "sk-secret";
const address = {
  provider: "anthropic",
  model: "claude-test",
  baseUrl: `https://user:${apiKey}@gateway.example.com/v1/?token=${apiKey}`,
  apiKey,
  keyVariable: "ANTHROPIC_API_KEY",
};
const never = new AbortController().signal;

test("an error inside a stream, which has no status, is told by its type", () => {
  const inStream = (type: "overloaded_error" | "invalid_request_error", message = "no") =>
    toModelError(new APIError(undefined, { error: { type, message } }, undefined, undefined, type), address, {
      signal: never,
    });
  expect(inStream("overloaded_error")).toMatchObject({ code: "model_unavailable", retryable: true });
  expect(inStream("invalid_request_error")).toMatchObject({ code: "model_refused", retryable: false });
  expect(inStream("invalid_request_error", "prompt is too long")).toMatchObject({ code: "context_overflow" });
});

test.each([408, 409, 429, 500, 503, 529])("a status of %i may pass", (status) => {
  expect(
    toModelError(OpenAI.APIError.generate(status, {}, "no", new Headers()), address, { signal: never }),
  ).toMatchObject({
    code: "model_unavailable",
    retryable: true,
  });
});

test.each([400, 401, 402, 403, 404, 413, 422])("a status of %i does not", (status) => {
  expect(
    toModelError(OpenAI.APIError.generate(status, {}, "no", new Headers()), address, { signal: never }),
  ).toMatchObject({
    code: "model_refused",
    retryable: false,
  });
});

test.each([
  [400, "prompt is too long: 210000 tokens > 200000 maximum"],
  [400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"],
  [413, "Request exceeds the maximum size (request_too_large)"],
  [400, "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens."],
  [400, "Your input exceeds the context window of this model. Please adjust your input and try again."],
  [400, "the request exceeds the available context size, try increasing it"],
  [400, "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)."],
  [400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
  [400, "Please reduce the length of the messages or completion."],
  [413, "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7106"],
  [429, "Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 40219."],
  [400, "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000 tokens."],
  [400, "Input is too long for requested model."],
  [400, "The number of tokens to keep from the initial prompt is greater than the context length."],
  [422, "inputs tokens + max_new_tokens must be <= 4096: too many input tokens"],
  [400, "Range of input length should be [1, 129024]"],
  [400, "Invalid request: Your request exceeded model token limit: 131072"],
])("the conversation is too long when the server says %i: %s", (status, message) => {
  const thrown = OpenAI.APIError.generate(status, { error: { message } }, undefined, new Headers());
  expect(toModelError(thrown, address, { signal: never }).code).toBe("context_overflow");
});

test.each([
  [400, "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens"],
  [400, "messages.3: `tool_use` ids were found without `tool_result` blocks immediately after: call_1"],
  [400, "Unsupported parameter: 'max_tokens' is not supported with this model."],
  [400, "image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes"],
  [400, "The response was filtered due to the prompt triggering the content management policy."],
])("a request is wrong, not too long, when the server says %i: %s", (status, message) => {
  const thrown = OpenAI.APIError.generate(status, { error: { message } }, undefined, new Headers());
  expect(toModelError(thrown, address, { signal: never }).code).toBe("model_refused");
});

test.each([
  ["Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used 29000. Please try again in 1.25s.", 1250],
  ["Rate limit reached. Please try again in 20ms.", 20],
  ["Rate limit reached for model `m`. Please try again in 7m12.5s.", 432_500],
  ["You exceeded your current quota. Please retry in 34.07s.", 34_070],
  ["Too many requests.", undefined],
])("a server that says when to come again is left alone until then: %s", (message, retryAfterMs) => {
  const thrown = OpenAI.APIError.generate(429, { error: { message } }, undefined, new Headers());
  expect(toModelError(thrown, address, { signal: never })).toMatchObject({ code: "model_unavailable", retryAfterMs });
});

test("an error within a stream may say its status as a code, or be a bare word", () => {
  const within = (error: object | string) =>
    toModelError(new OpenAI.APIError(undefined, Object(error), undefined, undefined), address, { signal: never });
  expect(within({ code: 502, message: "Provider disconnected" })).toMatchObject({ code: "model_unavailable" });
  expect(within({ code: 400, message: "maximum context length" })).toMatchObject({ code: "context_overflow" });
  expect(within({ code: "context_length_exceeded", message: "Too much." })).toMatchObject({ code: "context_overflow" });
  expect(within({ code: "rate_limit_exceeded", message: "Slow down." })).toMatchObject({ code: "model_unavailable" });
  expect(within({ code: "invalid_prompt", message: "Not that." })).toMatchObject({ code: "model_refused" });
  expect(within("XML syntax error on line 3")).toMatchObject({ code: "model_unavailable" });
});

test("an account whose money is held by other calls is asked again when its gateway says so", () => {
  const thrown = (headers: Headers) =>
    OpenAI.APIError.generate(402, { error: { message: "Wait." } }, undefined, headers);
  expect(toModelError(thrown(new Headers()), address, { signal: never })).toMatchObject({ code: "model_refused" });
  const wait = new Headers({ "retry-after": "2" });
  expect(toModelError(thrown(wait), address, { signal: never })).toMatchObject({ retryable: true, retryAfterMs: 2000 });
});

test("what had come of an answer is told whatever ends it", () => {
  const used = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 };
  const broken = toModelError(new Error("reset"), address, { signal: never, used });
  expect(broken).toMatchObject({ code: "model_unavailable", retryable: true, usage: used });
  const cancelled = toModelError(new Error("reset"), address, { signal: AbortSignal.abort(), used });
  expect(cancelled).toMatchObject({ code: "cancelled", retryable: false, usage: used });
  expect(cancelled).toBeInstanceOf(BrokenAnswer);
});

test("neither the key nor the secrets of the address are told", () => {
  const thrown = new Error(`connect failed with ${apiKey}`, { cause: new Error(`used ${apiKey}`) });
  const error = toModelError(thrown, address, { signal: never });
  expect(error.message).toBe(
    "anthropic model claude-test at https://gateway.example.com/v1 could not be reached or did not answer in full: " +
      "connect failed with [redacted] (used [redacted])",
  );
  expect(String(error.cause)).not.toContain(apiKey);
});
