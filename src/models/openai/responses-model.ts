import type OpenAI from "openai";
import { z } from "zod";
import type { Model, ModelRequest } from "../../domain/model.ts";
import { type Origin, withoutEchoes } from "../echo.ts";
import type { ModelOptions } from "../model-options.ts";
import { oneAnswer } from "../one-answer.ts";
import { effortOf, neverReasons } from "../reasoning.ts";
import { answered, asked, type Structured } from "../structured.ts";
import { cacheKeyOf, openaiClient, openaiUrl } from "./openai-client.ts";
import { shapeOf } from "./openai-model.ts";
import { readResponse, responseEvents, responseUsed } from "./responses-events.ts";
import { toResponsesInput } from "./responses-input.ts";

/** A model by OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses */
export function responsesModel(options: ModelOptions): Model {
  const { provider, apiKey, keyVariable, model, price, stream = true, structured = "native", contextTokens } = options;
  const address = { provider, model, baseUrl: options.baseUrl ?? openaiUrl, apiKey, keyVariable };
  const origin: Origin = { api: "responses", provider, model };
  const client = openaiClient(options);
  const hidesThoughts = !neverReasons.test(model);
  return {
    name: `${provider}/${model}`,
    price,
    ...(contextTokens !== undefined && { contextTokens }),
    async complete(request, { signal }) {
      const bodyOf = (of: ModelRequest) => toWire(of, structured, options, origin);
      const reply = await oneAnswer(
        {
          address,
          request,
          signal,
          async send({ fetch }) {
            const { responses } = client.withOptions({ fetch });
            const ask = async (body: ReturnType<typeof toWire>) =>
              stream
                ? await responses.create({ stream, ...body }, { signal })
                : responseEvents(await responses.create({ stream, ...body }, { signal }));
            try {
              return await ask(bodyOf(request));
            } catch (error) {
              // Its thoughts are lost, after a change of keys say, but the work need not be.
              if (!cannotReadThoughts(error)) throw error;
              return await ask(bodyOf({ ...request, messages: withoutEchoes(request.messages) }));
            }
          },
          unseen: hidesThoughts || !stream,
          read: (events) => readResponse(events, origin, request),
          used: (events) => responseUsed(events, request, hidesThoughts),
        },
        options,
      );
      return answered(reply, request, structured);
    },
  };
}

const refusal = z.object({ status: z.literal(400), code: z.literal("invalid_encrypted_content") });

function cannotReadThoughts(error: unknown): boolean {
  return refusal.safeParse(error).success;
}

// What grows stands last, so that each request begins with the one before.
function toWire(
  request: ModelRequest,
  structured: Structured,
  { model, reasoning }: ModelOptions,
  origin: Origin,
): Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, "stream"> {
  const { system, tools, force, format } = asked(request, structured);
  return {
    model,
    // Nothing stays with the provider: the reasoning comes to us, encrypted, and goes back with the conversation.
    store: false,
    ...(!neverReasons.test(model) && { include: ["reasoning.encrypted_content" as const] }),
    max_output_tokens: request.maxOutputTokens,
    prompt_cache_key: cacheKeyOf(request),
    ...(reasoning !== undefined && { reasoning: { effort: effortOf(reasoning) } }),
    ...(format && { text: { format: { type: "json_schema" as const, ...shapeOf(format) } } }),
    ...(force && {
      tool_choice: force === "any" ? ("required" as const) : { type: "function" as const, name: force.tool },
    }),
    tools: tools.map((tool) => ({
      type: "function" as const,
      name: tool.name,
      description: tool.description,
      parameters: { ...tool.parameters },
      strict: false,
    })),
    ...(system !== "" && { instructions: system }),
    input: toResponsesInput(request.messages, origin),
  };
}
