import type { Model } from "../domain/model.ts";
import { anthropicModel } from "./anthropic/anthropic-model.ts";
import type { ConfiguredModel } from "./configure-model.ts";
import { openaiModel } from "./openai/openai-model.ts";
import { responsesModel } from "./openai/responses-model.ts";
import { withoutRefusedPictures } from "./without-refused-pictures.ts";

/** The one place where adapters are built. The key is read here and kept in the adapter alone. */
export function buildModel(of: ConfiguredModel, variables: Readonly<Record<string, string | undefined>>): Model {
  const apiKey = of.keyVariable === undefined ? undefined : variables[of.keyVariable] || undefined;
  const model = withoutRefusedPictures(adapterOf(of, apiKey));
  const longest = of.provider.settings.max_output_tokens;
  if (longest === undefined) return model;
  return {
    ...model,
    complete: (request, options) =>
      model.complete({ ...request, maxOutputTokens: Math.min(request.maxOutputTokens, longest) }, options),
  };
}

function adapterOf(of: ConfiguredModel, apiKey: string | undefined): Model {
  const { api, baseUrl, settings, name } = of.provider;
  const { reasoning, structured, stream } = settings;
  const { keyVariable, model, price, contextTokens } = of;
  const options = { provider: name, keyVariable, baseUrl, model, price, contextTokens, reasoning, structured, stream };
  switch (api) {
    case "messages":
      return anthropicModel({ ...options, apiKey });
    case "responses":
      return responsesModel({ ...options, apiKey });
    case "chat":
      return openaiModel({ ...options, apiKey });
    default:
      return api satisfies never;
  }
}
