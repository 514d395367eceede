import { type Configuration, readConfiguration } from "../compose/configuration.ts";
import { visitDatabase } from "../compose/database.ts";
import { type ExaminedModels, examineModels } from "../compose/models.ts";
import { readModelResults } from "../compose/records.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import { costUsd, type Price, type Rates } from "../domain/model.ts";
import { kindsOfWork } from "../domain/route.ts";
import { modelResultsTable } from "./model-results.ts";
import { parseSeconds } from "./parse-seconds.ts";
import type { Verb } from "./verb.ts";

type ModelResult = Awaited<ReturnType<typeof readModelResults>>[number];
type Resolved = ExaminedModels["resolved"];
type Route = Resolved["routes"]["code"];
type ConfiguredModel = Route["models"][number]["value"];

interface Health {
  readonly ok: boolean;
  readonly detail: string;
  readonly cost_usd: number;
  readonly ms: number;
}

interface ModelsOptions {
  readonly check?: boolean;
  readonly seconds: number;
}

export const models: Verb<ModelsOptions> = {
  name: "models",
  summary: "show which models do what kind of work, what they cost and whether their keys are set",
  example: "nightshift models --check",
  configure: (command) =>
    command
      .option("--check", "ask each model one short question, which costs a little that no budget and no ledger counts")
      .option("--seconds <seconds>", "how long each may take to answer it", parseSeconds, 60),
  async run({ check = false, seconds }, { answer, config, signal }) {
    const configuration = await readConfiguration(process.env, process.cwd(), config);
    const examined = examineModels(configuration);
    const { resolved, problems } = examined;
    const named = distinct(resolved);
    const asked = check ? named : [];
    // All at once, so that several silent servers take no longer than one.
    const healths = new Map(
      await Promise.all(
        asked.map(async (model) => [model.name, await ask(model, examined, { seconds, signal })] as const),
      ),
    );

    const document = {
      ok: problems.length === 0 && [...healths.values()].every(({ ok }) => ok),
      problems,
      mode: resolved.mode,
      routes: Object.fromEntries(kindsOfWork.map((work) => [work, routeDocument(resolved.routes[work])])),
      models: named.map((model) => modelDocument(model, healths.get(model.name))),
      record: await readRecord(configuration),
    };
    answer(document, text(document));
    return document.ok ? 0 : 1;
  },
};

/** How often each model did well with each type of ticket; `null` where there is no database to tell. */
async function readRecord(configuration: Configuration): Promise<readonly ModelResult[] | null> {
  try {
    await using database = await visitDatabase(configuration);
    return await readModelResults(database);
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "database_unavailable") return null;
    throw error;
  }
}

function distinct({ routes }: Resolved): readonly ConfiguredModel[] {
  const all = kindsOfWork.flatMap((work) => {
    const { models, ensemble } = routes[work];
    return [...models.map(({ value }) => value), ...(ensemble ? [...ensemble.propose, ensemble.reconcile] : [])];
  });
  return [...new Map(all.map((model) => [model.name, model])).values()];
}

function routeDocument({ strategy, models, ensemble }: Route) {
  return {
    strategy,
    models: models.map(({ value, weight }) => ({ name: value.name, ...(strategy === "weighted" && { weight }) })),
    ensemble:
      ensemble === undefined
        ? null
        : { propose: ensemble.propose.map(({ name }) => name), reconcile: ensemble.reconcile.name },
  };
}

function modelDocument(of: ConfiguredModel, health: Health | undefined) {
  return {
    name: of.name,
    api: of.provider.api,
    key: of.keyVariable === undefined ? null : { variable: of.keyVariable, set: of.keySet },
    price: priceDocument(of.price),
    price_from: of.priceFrom,
    context_tokens: of.contextTokens ?? null,
    health: health ?? null,
  };
}

function priceDocument({ tiers = [], batch = 1, ...base }: Price) {
  return { ...ratesDocument(base), batch, tiers: tiers.map((tier) => ({ above: tier.above, ...ratesDocument(tier) })) };
}

function ratesDocument({ input, output, cacheRead, cacheWrite }: Rates) {
  return { input, output, cache_read: cacheRead, cache_write: cacheWrite };
}

/** One call, not tried again: this is about how the model is now. */
async function ask(
  of: ConfiguredModel,
  { build }: ExaminedModels,
  { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<Health> {
  const started = performance.now();
  const health = (ok: boolean, detail: string, cost_usd: number): Health => ({
    ok,
    detail,
    cost_usd,
    ms: Math.round(performance.now() - started),
  });
  if (!of.keySet) return health(false, `${of.keyVariable} is not set.`, 0);
  const silent = AbortSignal.timeout(seconds * 1000);
  try {
    const question = { role: "user", text: "Answer with one word: ready." } as const;
    const reply = await build(of).complete(
      { system: "", messages: [question], tools: [], maxOutputTokens: 64 },
      { signal: AbortSignal.any([signal, silent]) },
    );
    return health(true, "answers", costUsd(reply.usage, of.price));
  } catch (error) {
    const isSilent = silent.aborted && !signal.aborted && error instanceof Error;
    return health(false, isSilent ? `No answer within ${seconds} s. ${error.message}` : explain(error), 0);
  }
}

interface Shown {
  readonly problems: readonly string[];
  readonly mode: string;
  readonly routes: Readonly<Record<string, ReturnType<typeof routeDocument>>>;
  readonly models: readonly ReturnType<typeof modelDocument>[];
  readonly record: readonly ModelResult[] | null;
}

function text({ problems, mode, routes, models: shown, record }: Shown): string {
  return [
    `mode      ${mode}`,
    ...Object.entries(routes).map(([work, route]) => `${work.padEnd(10)}${routeLine(route)}`),
    "",
    ...shown.flatMap(modelLines),
    ...(record === null || record.length === 0 ? [] : ["", modelResultsTable(record)]),
    ...problems.map((problem) => `✗ ${problem}`),
  ].join("\n");
}

function routeLine({ strategy, models: names, ensemble }: ReturnType<typeof routeDocument>): string {
  const list = names.map(({ name, weight }) => `${name}${weight === undefined ? "" : ` (${weight})`}`).join(", ");
  const together = ensemble && `${ensemble.propose.join(" and ")} propose, ${ensemble.reconcile} reconciles; else `;
  return `${together ?? ""}${list || "nobody"}${names.length > 1 ? `, ${strategy}` : ""}`;
}

function modelLines({
  name,
  price,
  price_from,
  key,
  context_tokens,
  health,
}: Shown["models"][number]): readonly string[] {
  const context =
    context_tokens === null ? "context not known" : `${context_tokens.toLocaleString("en")} tokens of context`;
  const keyed = key === null ? "no key needed" : `${key.variable} ${key.set ? "is set" : "is NOT set"}`;
  return [
    name,
    `  $${price.input} in, $${price.output} out, $${price.cache_read} cached, per million tokens (${price_from})`,
    ...price.tiers.map(
      (tier) => `  above ${tier.above.toLocaleString("en")} tokens: $${tier.input} in, $${tier.output} out`,
    ),
    `  ${keyed}; ${context}`,
    ...(health === null
      ? []
      : [`  ${health.ok ? "✓" : "✗"} ${health.detail} (${health.ms} ms, $${health.cost_usd.toFixed(6)})`]),
  ];
}
