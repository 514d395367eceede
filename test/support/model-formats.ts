import { expect } from "vitest";
import { NightshiftError } from "../../src/domain/errors.ts";
import { type AssistantMessage, type Message, toolCallsOf } from "../../src/domain/message.ts";
import { BrokenAnswer, type Model, type ModelRequest } from "../../src/domain/model.ts";
import { anthropicModel } from "../../src/models/anthropic/anthropic-model.ts";
import type { ModelOptions } from "../../src/models/model-options.ts";
import { openaiModel } from "../../src/models/openai/openai-model.ts";
import { responsesModel } from "../../src/models/openai/responses-model.ts";
import type { ModelScript } from "../../src/playground/model/model-script.ts";
import type { ScriptedModel } from "../../src/playground/model/start-scripted-model.ts";

export const apiKey = "sk-test-very-secret";
export const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
export const never = new AbortController().signal;

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

export const formats: readonly Format[] = [
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
export const cases = formats.flatMap((format) =>
  [true, false].map((stream) => ({
    ...format,
    how: stream ? "streamed" : "at once",
    stream,
    build: (server: ScriptedModel, options?: Options) => format.build(server, { stream, ...options }),
  })),
);

export const picture = { mediaType: "image/png", base64: "iVBORw0KGgo=" } as const;
export const long = "The half of this sentence is not an answer. ".repeat(50);
export const verdict = {
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

export const tools = ["read", "run"].map((name) => ({
  name,
  description: `May ${name}.`,
  parameters: { type: "object", properties: { path: { type: "string" } } },
}));

const read = { name: "read", arguments: { path: "a.ts" } };
export const conversation = {
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

export function expectHalf(error: NightshiftError): void {
  expect(error).toBeInstanceOf(BrokenAnswer);
  const { usage } = error as BrokenAnswer;
  expect(usage.input + usage.cacheRead + usage.cacheWrite).toBeGreaterThan(20);
  expect(usage.output).toBeGreaterThan(100);
  expect(usage.output).toBeLessThanOrEqual(500);
}

/** The prompt was read, so it is paid; what was not streamed may have been written to its end. */
export function expectBilled(error: NightshiftError, { whole }: { readonly whole: boolean }): void {
  expect(error).toBeInstanceOf(BrokenAnswer);
  const { usage } = error as BrokenAnswer;
  expect(usage.input).toBeGreaterThan(20);
  if (whole) expect(usage.output).toBe(500);
}

export function resultsOf(reply: AssistantMessage, images?: readonly (typeof picture)[]): Message {
  const results = toolCallsOf(reply).map(({ id, name }) => ({ callId: id, name, text: "ok", isError: false }));
  return { role: "tool", results: images ? results.map((result) => ({ ...result, images: [...images] })) : results };
}

export function ask(text: string, ...rest: readonly Message[]): ModelRequest {
  return { system: "Be careful.", messages: [{ role: "user", text }, ...rest], tools, maxOutputTokens: 500 };
}

type TurnInput = NonNullable<ModelScript["turns"]>[number];

export function one(reply: TurnInput["reply"], fault?: TurnInput["fault"]): ModelScript {
  return { turns: [{ reply, fault }] };
}

export async function failure(promise: Promise<unknown>): Promise<NightshiftError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof NightshiftError) return error;
  throw new Error("expected a NightshiftError", { cause: error });
}
