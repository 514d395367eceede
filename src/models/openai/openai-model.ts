import type OpenAI from "openai";
import type { Model, ModelRequest } from "../../domain/model.ts";
import type { Origin } from "../echo.ts";
import type { ModelOptions } from "../model-options.ts";
import { oneAnswer } from "../one-answer.ts";
import { effortOf, neverReasons } from "../reasoning.ts";
import { canBeStrict, toStrict } from "../strict-schema.ts";
import { answered, asked, type Structured } from "../structured.ts";
import { openaiUsed, readOpenaiChunks } from "./openai-chunks.ts";
import { cacheKeyOf, isOpenai, openaiClient, openaiUrl } from "./openai-client.ts";
import { toOpenaiMessages } from "./openai-messages.ts";

/**
 * A model by the Chat Completions API, https://platform.openai.com/docs/api-reference/chat, which many other servers speak:
 * vLLM, llama.cpp, Ollama, DeepSeek, Groq, OpenRouter, Google, Azure.
 */
export function openaiModel(options: ModelOptions): Model {
  const { provider, apiKey, keyVariable, model, price, stream = true, contextTokens } = options;
  const address = { provider, model, baseUrl: options.baseUrl ?? openaiUrl, apiKey, keyVariable };
  const origin: Origin = { api: "chat", provider };
  // Servers that only speak the format take a forced tool more often than a schema.
  const structured = options.structured ?? (isOpenai(options) ? "native" : "tool");
  const client = openaiClient(options);
  const hidesThoughts = options.reasoning !== undefined || (isOpenai(options) && !neverReasons.test(model));
  return {
    name: `${provider}/${model}`,
    price,
    ...(contextTokens !== undefined && { contextTokens }),
    async complete(request, { signal }) {
      const body = toWire(request, structured, options, origin);
      const reply = await oneAnswer<unknown>(
        {
          address,
          request,
          signal,
          async send({ fetch }) {
            const { completions } = client.withOptions({ fetch }).chat;
            if (!stream) return [await completions.create({ stream, ...body }, { signal })];
            return completions.create({ stream, stream_options: { include_usage: true }, ...body }, { signal });
          },
          unseen: hidesThoughts || !stream,
          read: (chunks) => readOpenaiChunks(chunks, origin, request),
          used: (chunks) => openaiUsed(chunks, request, hidesThoughts),
        },
        options,
      );
      return answered(reply, request, structured);
    },
  };
}

// What grows stands last, so that each request begins with the one before.
function toWire(
  request: ModelRequest,
  structured: Structured,
  options: ModelOptions,
  origin: Origin,
): Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, "stream"> {
  const { system, tools, force, format } = asked(request, structured);
  return {
    model: options.model,
    // OpenAI's newer models refuse `max_tokens`; many local servers know nothing else.
    ...(isOpenai(options)
      ? { max_completion_tokens: request.maxOutputTokens, prompt_cache_key: cacheKeyOf(request) }
      : { max_tokens: request.maxOutputTokens }),
    ...(options.reasoning !== undefined && { reasoning_effort: effortOf(options.reasoning) }),
    ...(format && { response_format: { type: "json_schema" as const, json_schema: shapeOf(format) } }),
    ...(force && {
      tool_choice:
        force === "any" ? ("required" as const) : { type: "function" as const, function: { name: force.tool } },
    }),
    // An empty list is refused.
    ...(tools.length > 0 && {
      tools: tools.map((tool) => ({
        type: "function" as const,
        function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
      })),
    }),
    messages: toOpenaiMessages(system, request.messages, origin),
  };
}

/** What a provider of OpenAI's formats is to hold an answer to, strictly where the schema can be said so. */
export function shapeOf({ name, schema }: NonNullable<ModelRequest["answer"]>): {
  readonly name: string;
  readonly strict: boolean;
  readonly schema: Record<string, unknown>;
} {
  const strict = canBeStrict(schema);
  return { name, strict, schema: { ...(strict ? toStrict(schema) : schema) } };
}
