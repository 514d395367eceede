import { renderPrompt } from "../agent/render-prompt.ts";
import { NightshiftError } from "../domain/errors.ts";
import type { PriceSettings } from "../domain/llm-settings.ts";
import type { Model } from "../domain/model.ts";
import type { Models } from "../domain/route.ts";
import { buildModel } from "../models/build-model.ts";
import type { ConfiguredModel } from "../models/configure-model.ts";
import { openModels } from "../models/open-models.ts";
import { priceOf } from "../models/price-of.ts";
import { type ResolvedModels, resolveModels } from "../models/resolve-models.ts";
import type { Configuration } from "./configuration.ts";

/** @throws NightshiftError `bad_settings` with all that is wrong with who is to do what, one line each. */
export function composeModels(configuration: Configuration): Models {
  const { resolved, problems } = examineModels(configuration);
  if (problems.length > 0) throw new NightshiftError("bad_settings", problems.join("\n"));
  const { settings, variables } = configuration;
  return openModels({
    llm: settings.llm,
    resolved,
    variables,
    reconcile: async (proposals) => (await renderPrompt("reconcile", proposals)).text,
  });
}

export interface ExaminedModels {
  readonly resolved: ResolvedModels;
  /** One line each, with file and line where there is a file. */
  readonly problems: readonly string[];
  /** A model to be asked directly. */
  readonly build: (model: ConfiguredModel) => Model;
}

/** Who does what, whether all is well with it or not. */
export function examineModels({ settings, variables, where }: Configuration): ExaminedModels {
  const resolved = resolveModels(settings.llm, variables);
  const problems = resolved.problems
    .map(({ path, text }) => [where?.(path) ?? [], text].flat().join(": "))
    // By line.
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
  return { resolved, problems, build: (model) => buildModel(model, variables) };
}

/** What Claude costs as it is configured, as settings write it: the demo reckons with it. */
export function listPrice({ settings }: Configuration): PriceSettings {
  const { claude } = settings.llm.providers;
  const { input, output, cacheRead, cacheWrite } = priceOf("claude", claude.model, claude)?.price ?? unknownPrice;
  return { input, output, cache_read: cacheRead, cache_write: cacheWrite };
}

const unknownPrice = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
