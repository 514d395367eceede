import type { Model } from "../domain/model.ts";
import { anthropicModel } from "./anthropic-model.ts";
import type { ConfiguredModel } from "./configure-model.ts";
import { openaiModel } from "./openai-model.ts";

/** The one place where adapters are built. The key is read here and kept in the adapter alone. */
export function buildModel(of: ConfiguredModel, variables: Readonly<Record<string, string | undefined>>): Model {
  const model = adapterOf(of, of.keyVariable === undefined ? undefined : variables[of.keyVariable] || undefined);
  const longest = of.provider.settings.max_output_tokens ?? Number.POSITIVE_INFINITY;
  return {
    name: of.name,
    price: of.price,
    ...(of.contextTokens !== undefined && { contextTokens: of.contextTokens }),
    complete: (request, options) =>
      model.complete({ ...request, maxOutputTokens: Math.min(request.maxOutputTokens, longest) }, options),
  };
}

function adapterOf(of: ConfiguredModel, apiKey: string | undefined): Model {
  const { api, baseUrl, settings, name } = of.provider;
  const options = {
    keyVariable: of.keyVariable ?? "",
    baseUrl,
    model: of.model,
    price: of.price,
    contextTokens: of.contextTokens,
    reasoning: settings.reasoning,
    // The route tries again, so that every call is paid and told.
    maxRetries: 0,
  };
  switch (api) {
    case "messages":
      return anthropicModel({ ...options, apiKey: apiKey ?? "none" });
    case "responses":
    case "chat":
      return openaiModel({ ...options, apiKey, provider: name === "openai" ? "openai" : "local" });
    default:
      return api satisfies never;
  }
}
