import type { Price } from "../domain/model.ts";
import { nearest } from "../domain/nearest.ts";
import { pricedModels, priceOf } from "./price-of.ts";
import type { Provider, Variables } from "./provider-of.ts";

export interface ConfiguredModel {
  /** `provider/model`. */
  readonly name: string;
  readonly provider: Provider;
  readonly model: string;
  readonly price: Price;
  readonly priceFrom: string;
  readonly contextTokens: number | undefined;
  readonly keyVariable: string | undefined;
  readonly keySet: boolean;
}

/** A provider's model with its price and its key, and what keeps it from being asked. */
export function configureModel(
  provider: Provider,
  model: string | undefined,
  variables: Variables,
): { readonly model: ConfiguredModel | undefined; readonly problems: readonly string[] } {
  const { name, settings, keyVariable } = provider;
  const here = `llm.providers.${name}`;
  const problems: string[] = [];
  if (!settings.enabled) problems.push(`${here} is switched off: set ${here}.enabled to true, or take it out here.`);
  if (provider.baseUrl === undefined && !["claude", "openai"].includes(name)) {
    problems.push(`${here} has no address: give it a base_url.`);
  }
  if (provider.baseUrl !== undefined && holdsPassword(provider.baseUrl)) {
    problems.push(
      `The address of ${here} holds a user or a password, which errors would repeat: take it out, and name the environment variable of its key in ${here}.api_key_env.`,
    );
  }
  const keySet = keyVariable === undefined || Boolean(variables[keyVariable]);
  if (settings.enabled && !keySet) {
    problems.push(
      `${here} needs its key, but ${keyVariable} is not set: set it, or name another variable in ${here}.api_key_env.`,
    );
  }
  if (model === undefined) {
    problems.push(`${here} has no model: give it a \`model\`, or write ${name}/MODEL here.`);
    return { model: undefined, problems };
  }
  const known = priceOf(name, model, settings);
  if (known === undefined) {
    const meant = nearest(model, pricedModels(name, settings));
    const instead = meant === undefined ? "" : `did you mean ${meant}? Else `;
    problems.push(
      `The price of ${model} is not known, so no budget could hold: ${instead}add \`model: ${model}\` and \`price: { input: …, output: … }\` ` +
        `(USD per million tokens) under ${here}, or \`free: true\` where it costs nothing.`,
    );
    return { model: undefined, problems };
  }
  const { price, from, contextTokens } = known;
  const full = `${name}/${model}`;
  return {
    model: { name: full, provider, model, price, priceFrom: from, contextTokens, keyVariable, keySet },
    problems,
  };
}

function holdsPassword(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { username, password } = new URL(address);
  return username !== "" || password !== "";
}
