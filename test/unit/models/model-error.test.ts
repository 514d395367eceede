import { APIError } from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { expect, test } from "vitest";
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
  "prompt is too long: 210000 tokens > 200000 maximum",
  "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
  "the request exceeds the available context size, try increasing it",
])("the conversation is too long when the server says: %s", (message) => {
  const thrown = OpenAI.APIError.generate(400, { error: { message } }, undefined, new Headers());
  expect(toModelError(thrown, address, { signal: never }).code).toBe("context_overflow");
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
