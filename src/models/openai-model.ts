import OpenAI from "openai";
import type { Model, ModelRequest, Price } from "../domain/model.ts";
import { toModelError } from "./model-error.ts";
import { readOpenaiChunks } from "./openai-chunks.ts";
import { toOpenaiMessages } from "./openai-messages.ts";

export interface OpenaiOptions {
  /** `local` is any server that speaks the format: vLLM, llama.cpp, Ollama, LM Studio, a gateway. */
  readonly provider: "openai" | "local";
  /** A local server may need none. */
  readonly apiKey?: string | undefined;
  /** The environment variable that the key came from, for advice in errors. */
  readonly keyVariable?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly price: Price;
  /** How often a call is tried again after a passing failure; default 4. */
  readonly maxRetries?: number;
}

/** A model by the Chat Completions API: https://platform.openai.com/docs/api-reference/chat */
export function openaiModel(options: OpenaiOptions): Model {
  const { provider, apiKey, keyVariable, model, price } = options;
  const baseUrl = options.baseUrl ?? "https://api.openai.com/v1";
  const address = { provider, model, baseUrl, apiKey, keyVariable };
  const client = new OpenAI({
    // The SDK wants a key even where the server does not, and would look for one by itself.
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    baseURL: baseUrl,
    maxRetries: options.maxRetries ?? 4,
    logLevel: "off",
  });
  return {
    name: `${provider}/${model}`,
    price,
    async complete(request, { signal }) {
      try {
        // Streamed, because an answer may take longer than a silent connection lives; collected whole, because half
        // an answer is none.
        const stream = await client.chat.completions.create(toWire(request, options), { signal });
        return readOpenaiChunks(await Array.fromAsync(stream), { provider, request });
      } catch (error) {
        throw toModelError(error, address, signal);
      }
    },
  };
}

function toWire(request: ModelRequest, options: OpenaiOptions): OpenAI.ChatCompletionCreateParamsStreaming {
  return {
    model: options.model,
    messages: toOpenaiMessages(request),
    // An empty list is refused.
    ...(request.tools.length > 0 && {
      tools: request.tools.map((tool) => ({
        type: "function" as const,
        function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
      })),
    }),
    // OpenAI's newer models refuse `max_tokens`; many local servers know nothing else.
    ...(options.provider === "openai"
      ? { max_completion_tokens: request.maxOutputTokens }
      : { max_tokens: request.maxOutputTokens }),
    stream: true,
    stream_options: { include_usage: true },
  };
}
