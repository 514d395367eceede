import Anthropic from "@anthropic-ai/sdk";
import type { Model, ModelRequest, Price } from "../domain/model.ts";
import { readAnthropicEvents } from "./anthropic-events.ts";
import { toAnthropicMessages } from "./anthropic-messages.ts";
import { toModelError } from "./model-error.ts";

export interface AnthropicOptions {
  readonly apiKey: string;
  /** The environment variable that the key came from, for advice in errors. */
  readonly keyVariable?: string;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly price: Price;
  /** How often a call is tried again after a passing failure; default 4. */
  readonly maxRetries?: number;
}

const provider = "anthropic";

/** A Claude model by the Messages API: https://platform.claude.com/docs/en/api/messages */
export function anthropicModel(options: AnthropicOptions): Model {
  const { apiKey, model, price } = options;
  const baseUrl = options.baseUrl ?? "https://api.anthropic.com";
  const address = { provider, model, baseUrl, apiKey, keyVariable: options.keyVariable ?? "ANTHROPIC_API_KEY" };
  const client = new Anthropic({ apiKey, baseURL: baseUrl, maxRetries: options.maxRetries ?? 4, logLevel: "off" });
  return {
    name: `${provider}/${model}`,
    price,
    async complete(request, { signal }) {
      try {
        // Streamed, because an answer may take longer than a silent connection lives; collected whole, because half
        // an answer is none.
        const stream = await client.messages.create({ ...toWire(request, model), stream: true }, { signal });
        return readAnthropicEvents(await Array.fromAsync(stream), provider);
      } catch (error) {
        throw toModelError(error, address, signal);
      }
    },
  };
}

function toWire(request: ModelRequest, model: string): Anthropic.MessageCreateParams {
  return {
    model,
    max_tokens: request.maxOutputTokens,
    // The tools stand before the system prompt, so this breakpoint caches both.
    system: request.system === "" ? [] : [{ type: "text", text: request.system, cache_control: { type: "ephemeral" } }],
    messages: toAnthropicMessages(request.messages),
    tools: request.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: { ...tool.parameters, type: "object" },
    })),
  };
}
