import type { LlmSettings, Strategy } from "../domain/llm-settings.ts";
import { kindsOfWork, type Work } from "../domain/route.ts";
import { checkRouting, type Report, type SettingProblem } from "./check-routing.ts";
import { type ConfiguredModel, configureModel } from "./configure-model.ts";
import { isReady, providerOf, type Variables } from "./provider-of.ts";

export interface ConfiguredRoute {
  readonly strategy: Strategy;
  /** In the order in which they are written. */
  readonly models: readonly { readonly value: ConfiguredModel; readonly weight: number }[];
  readonly ensemble: { readonly propose: readonly ConfiguredModel[]; readonly reconcile: ConfiguredModel } | undefined;
}

export interface ResolvedModels {
  readonly mode: string;
  readonly routes: Readonly<Record<Work, ConfiguredRoute>>;
  /** With one of them nothing may be asked. */
  readonly problems: readonly SettingProblem[];
}

/** Who does what, by the settings and the keys that are set; all that is wrong with them at once. */
export function resolveModels(llm: LlmSettings, variables: Variables): ResolvedModels {
  const problems: SettingProblem[] = [];
  const report: Report = (path, text) => void problems.push({ path: ["llm", ...path], text });
  const told = new Set<string>();
  const mode = llm.mode ?? (isEmpty(llm.routing) ? firstReady(llm, variables) : "hybrid");

  const find = (entry: string, at: SettingProblem["path"], options: { readonly inUse: boolean }): ConfiguredModel[] => {
    const [name = "", ...rest] = entry.split("/");
    const provider = providerOf(llm, name, variables);
    if (provider === undefined) {
      report(
        at,
        `${dotted(at)} names no provider. Allowed: ${providerNames(llm)}, or one of them with a model, like claude/MODEL.`,
      );
      return [];
    }
    if (!options.inUse) return [];
    const found = configureModel(provider, rest.join("/") || provider.settings.model, variables);
    for (const text of found.problems) {
      // Once, where it is named first.
      if (!told.has(text)) report(at, text);
      told.add(text);
    }
    return found.model === undefined ? [] : [found.model];
  };

  checkRouting(llm, report);
  const hybrid = mode === "hybrid";
  const routes = eachWork((work): ConfiguredRoute => {
    const written = llm.routing[work]?.flatMap((entry, index) =>
      find(entry, ["routing", work, index], { inUse: hybrid }).map((value) => ({
        value,
        weight: llm.weights[entry] ?? 1,
      })),
    );
    const together = llm.ensemble[work];
    const propose = together?.propose.flatMap((entry, index) =>
      find(entry, ["ensemble", work, "propose", index], { inUse: hybrid }),
    );
    const [reconcile] = together ? find(together.reconcile, ["ensemble", work, "reconcile"], { inUse: hybrid }) : [];
    return {
      strategy: llm.strategy,
      models: written ?? [],
      ensemble: propose && reconcile ? { propose, reconcile } : undefined,
    };
  });
  if (hybrid) {
    if (isEmpty(llm.routing))
      report(["mode"], "llm.mode is hybrid, but llm.routing names no models: say there who does what.");
    // What has no route of its own goes as code does: never to a provider that nobody has named for anything.
    const usual =
      llm.routing.code === undefined ? Object.values(routes).find(({ models }) => models.length > 0) : routes.code;
    const models = usual?.models ?? [];
    const all = eachWork((work) => (llm.routing[work] === undefined ? { ...routes[work], models } : routes[work]));
    return { mode, routes: all, problems };
  }
  if (mode === undefined) {
    report(["mode"], `There is no model to work with: ${waysOut(llm, variables)}.`);
    return { mode: "none", routes, problems };
  }
  const models = only(llm, mode, variables, report);
  return { mode, routes: eachWork(() => ({ strategy: "fallback", models, ensemble: undefined })), problems };
}

function only(llm: LlmSettings, mode: string, variables: Variables, report: Report) {
  const provider = providerOf(llm, mode, variables);
  if (provider === undefined) {
    report(["mode"], `llm.mode names no provider. Allowed: hybrid, ${providerNames(llm)}.`);
    return [];
  }
  // Naming it switches it on: to change `mode` is all that it takes.
  const switchedOn = { ...provider, settings: { ...provider.settings, enabled: true } };
  const { model, problems } = configureModel(switchedOn, provider.settings.model, variables);
  for (const text of problems) report(["mode"], text);
  return model === undefined ? [] : [{ value: model, weight: 1 }];
}

function firstReady(llm: LlmSettings, variables: Variables): string | undefined {
  return Object.keys(llm.providers).find((name) => {
    const provider = providerOf(llm, name, variables);
    return provider !== undefined && isReady(provider, variables);
  });
}

function waysOut(llm: LlmSettings, variables: Variables): string {
  const ways = Object.keys(llm.providers).flatMap((name) => {
    const provider = providerOf(llm, name, variables);
    return provider?.settings.enabled && provider.keyVariable
      ? [`${provider.keyVariable} for llm.providers.${name}`]
      : [];
  });
  const keys = ways.length === 0 ? "" : `set ${ways.join(" or ")} in the environment or in .env, or `;
  return `${keys}enable llm.providers.local in nightshift.yaml`;
}

function providerNames(llm: LlmSettings): string {
  return Object.keys(llm.providers).join(", ");
}

function dotted(path: SettingProblem["path"]): string {
  return ["llm", ...path].map(String).join(".");
}

function isEmpty(routing: LlmSettings["routing"]): boolean {
  return Object.values(routing).every((route) => route === undefined);
}

function eachWork<Value>(of: (work: Work) => Value): Readonly<Record<Work, Value>> {
  const [code, planning, review, triage] = kindsOfWork;
  return { [code]: of(code), [planning]: of(planning), [review]: of(review), [triage]: of(triage) };
}
