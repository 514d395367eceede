import { NightshiftError } from "../domain/errors.ts";
import type { Model } from "../domain/model.ts";
import { type LlmMode, llmModes, type OperatorSettings } from "../domain/settings.ts";
import { anthropicModel } from "./anthropic-model.ts";
import { openaiModel } from "./openai-model.ts";
import { priceOf } from "./price-of.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The model that works: the one of `llm.mode`, else of the first enabled provider whose key is set.
 * An address may also come from ANTHROPIC_BASE_URL or OPENAI_BASE_URL, the names that the SDKs use.
 * @throws NightshiftError `bad_settings` that names the setting and the variable to set.
 */
export function chooseModel(llm: OperatorSettings["llm"], environment: Environment): Model {
  const provider = llm.mode ?? llmModes.find((name) => isReady(llm, name, environment));
  if (provider) return build(llm, provider, environment);
  const ways = (["claude", "openai"] as const)
    .filter((name) => llm.providers[name].enabled)
    .map((name) => `set ${keyVariable(llm, name)} for llm.providers.${name}`);
  throw new NightshiftError(
    "bad_settings",
    `There is no model to work with: ${[...ways, "or enable llm.providers.local"].join(", ")} (nightshift.yaml).`,
  );
}

function isReady(llm: OperatorSettings["llm"], provider: LlmMode, environment: Environment): boolean {
  return llm.providers[provider].enabled && (provider === "local" || Boolean(environment[keyVariable(llm, provider)]));
}

function build(llm: OperatorSettings["llm"], provider: LlmMode, environment: Environment): Model {
  const settings = llm.providers[provider];
  const { model } = settings;
  const variable = keyVariable(llm, provider);
  const apiKey = environment[variable] || undefined;
  const price = priceOf(provider, settings);
  if (provider === "local") {
    const baseUrl = settings.base_url ?? "http://localhost:8000/v1";
    return openaiModel({ provider, apiKey, keyVariable: settings.api_key_env, baseUrl, model, price });
  }
  if (!apiKey) {
    throw new NightshiftError(
      "bad_settings",
      `llm.mode is ${provider}, but ${variable} is not set: set it, or name another variable in ` +
        `llm.providers.${provider}.api_key_env (nightshift.yaml).`,
    );
  }
  switch (provider) {
    case "claude": {
      const baseUrl = settings.base_url ?? (environment["ANTHROPIC_BASE_URL"] || undefined);
      return anthropicModel({ apiKey, keyVariable: variable, baseUrl, model, price });
    }
    case "openai": {
      const baseUrl = settings.base_url ?? (environment["OPENAI_BASE_URL"] || undefined);
      return openaiModel({ provider, apiKey, keyVariable: variable, baseUrl, model, price });
    }
    default:
      return provider satisfies never;
  }
}

function keyVariable(llm: OperatorSettings["llm"], provider: LlmMode): string {
  const defaults = { claude: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY", local: "" } as const;
  return llm.providers[provider].api_key_env ?? defaults[provider];
}
