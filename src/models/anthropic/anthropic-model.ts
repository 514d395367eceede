import Anthropic from "@anthropic-ai/sdk";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import type { Model, ModelRequest } from "../../domain/model.ts";
import type { Origin } from "../echo.ts";
import { defaultIdleMs, type ModelOptions } from "../model-options.ts";
import { oneAnswer } from "../one-answer.ts";
import { budgetOf, effortOf } from "../reasoning.ts";
import { canBeStrict } from "../strict-schema.ts";
import { answered, asked, type Structured } from "../structured.ts";
import { anthropicEvents, anthropicUsed, readAnthropicEvents } from "./anthropic-events.ts";
import { toAnthropicMessages } from "./anthropic-messages.ts";

export type AnthropicOptions = Omit<ModelOptions, "provider"> & {
  readonly provider?: string | undefined;
};

/** A Claude model by the Messages API: https://platform.claude.com/docs/en/api/messages */
export function anthropicModel(options: AnthropicOptions): Model {
  const { apiKey, model, price, provider = "anthropic", stream = true, contextTokens } = options;
  const baseUrl = options.baseUrl ?? "https://api.anthropic.com";
  const address = { provider, model, baseUrl, apiKey, keyVariable: options.keyVariable ?? "ANTHROPIC_API_KEY" };
  const origin: Origin = { api: "messages", provider, model };
  // A time of our own, because the SDK refuses long answers that are not streamed without one.
  const timeout = options.idleMs ?? defaultIdleMs;
  const client = new Anthropic({
    apiKey: apiKey ?? "none",
    authToken: null,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout,
    logLevel: "off",
  });
  return {
    name: `${provider}/${model}`,
    price,
    ...(contextTokens !== undefined && { contextTokens }),
    async complete(request, { signal }) {
      const structured = structuredFor(request, options);
      const body = toWire(request, structured, options, origin);
      // What is shown of them is a summary.
      const hidesThoughts = body.thinking !== undefined;
      const reply = await oneAnswer(
        {
          address,
          request,
          signal,
          async send({ fetch }) {
            const { messages } = client.withOptions({ fetch });
            if (stream) return messages.create({ stream, ...body }, { signal });
            return anthropicEvents(await messages.create({ stream, ...body }, { signal }));
          },
          unseen: hidesThoughts || !stream,
          read: (events) => readAnthropicEvents(events, origin, request),
          used: (events) => anthropicUsed(events, request, hidesThoughts),
        },
        options,
      );
      return answered(reply, request, structured);
    },
  };
}

/** What the provider cannot be held to is asked for as the arguments of a tool. */
function structuredFor({ answer }: ModelRequest, { structured, model }: AnthropicOptions): Structured {
  const native = structured === undefined ? !knowsNoFormat.test(model) : structured === "native";
  if (!native) return structured ?? "tool";
  return answer && !canBeStrict(answer.schema) ? "tool" : "native";
}

/** Models from before structured outputs. */
const knowsNoFormat = /claude-(3|(opus|sonnet)-4-(0|2\d{7}))/;

// What grows stands last, so that each request begins with the one before.
function toWire(
  request: ModelRequest,
  structured: Structured,
  options: AnthropicOptions,
  origin: Origin,
): Omit<Anthropic.MessageCreateParamsNonStreaming, "stream"> {
  const { system, tools, force, format } = asked(request, structured);
  const messages = toAnthropicMessages(request.messages, origin);
  const { thinking, effort } = force ? {} : thinkingOf(request, messages, options);
  return {
    model: options.model,
    max_tokens: request.maxOutputTokens,
    ...(thinking && { thinking }),
    ...((effort || format) && {
      output_config: {
        ...(effort && { effort }),
        ...(format && { format: { type: "json_schema", schema: { ...transformJSONSchema(format.schema) } } }),
      },
    }),
    ...(force && { tool_choice: force === "any" ? { type: "any" } : { type: "tool", name: force.tool } }),
    tools: tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: { ...tool.parameters, type: "object" },
    })),
    // The tools stand before the system prompt, so this breakpoint caches both.
    system: system === "" ? [] : [{ type: "text", text: system, cache_control: { type: "ephemeral" } }],
    messages,
  };
}

/** Models from before adaptive thinking take a number of tokens only; newer ones refuse it. */
const takesBudgetsOnly = /claude-(3|(opus|sonnet)-4-(0|1|5|2\d{7})|haiku-4)\b/;

interface Thinking {
  readonly thinking?: Anthropic.ThinkingConfigParam;
  readonly effort?: "low" | "medium" | "high";
}

function thinkingOf(
  request: ModelRequest,
  messages: readonly Anthropic.MessageParam[],
  { reasoning, model }: AnthropicOptions,
): Thinking {
  if (reasoning === undefined) return {};
  // A number may be meant for another vendor's model, of which nobody knows that it takes anything else.
  const isAdaptive = typeof reasoning !== "number" || /claude/.test(model);
  if (isAdaptive && !takesBudgetsOnly.test(model)) {
    return { thinking: { type: "adaptive" }, effort: effortOf(reasoning) };
  }
  const budget = Math.min(budgetOf(reasoning), request.maxOutputTokens - 1);
  // Less is refused, and so is a turn that goes on from another model's tool calls, which had no signed thinking.
  const goesOn = request.messages.at(-1)?.role === "tool" && !beganWithThinking(messages.at(-2));
  return budget < 1024 || goesOn ? {} : { thinking: { type: "enabled", budget_tokens: budget } };
}

function beganWithThinking(message: Anthropic.MessageParam | undefined): boolean {
  const first = typeof message?.content === "object" ? message.content[0]?.type : undefined;
  return first === "thinking" || first === "redacted_thinking";
}
