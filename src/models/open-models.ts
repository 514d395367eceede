import type { LlmSettings } from "../domain/llm-settings.ts";
import type { Model } from "../domain/model.ts";
import type { Models, Work } from "../domain/route.ts";
import { buildModel } from "./build-model.ts";
import { openCircuits } from "./circuits.ts";
import type { ConfiguredModel } from "./configure-model.ts";
import { type EnsembleParts, ensembleOf } from "./ensemble.ts";
import { inOrder } from "./in-order.ts";
import type { Variables } from "./provider-of.ts";
import type { ResolvedModels } from "./resolve-models.ts";
import { namesOf, routeOf } from "./route.ts";
import { realWorld, type World } from "./world.ts";

export interface OpenOptions {
  readonly llm: LlmSettings;
  /** Without problems. */
  readonly resolved: ResolvedModels;
  /** Where the keys are looked up. */
  readonly variables: Variables;
  readonly reconcile: EnsembleParts["reconcile"];
  readonly world?: World;
}

/** The configured models as routes. Their circuits are shared, so a process opens them once. */
export function openModels({ llm, resolved, variables, reconcile, world = realWorld }: OpenOptions): Models {
  const circuits = openCircuits(world);
  const built = new Map<string, Model>();
  const build = (of: ConfiguredModel): Model => {
    const model = built.get(of.name) ?? buildModel(of, variables);
    built.set(of.name, model);
    return model;
  };
  const counts = new Map<Work, number>();
  const { tries, call_minutes, turn_minutes } = llm.retry;
  const patience = { tries, callMs: call_minutes * 60_000, turnMs: turn_minutes * 60_000 };
  return {
    route(work, { purse, tell, from = 0 }) {
      const { models, strategy, ensemble } = resolved.routes[work];
      // However strong the evidence, somebody has to do the work.
      const rest = models.slice(Math.min(from, models.length - 1));
      const count = counts.get(work) ?? 0;
      counts.set(work, count + 1);
      const ordered = atLeastOne(inOrder(rest, { strategy, count, random: world.random }).map(build));
      const parts = { purse, tell, patience, circuits, world };
      if (ensemble === undefined) return routeOf({ ...parts, models: ordered });
      const reconciler = build(ensemble.reconcile);
      const others = ordered.filter((model) => model !== reconciler);
      return ensembleOf({
        ...parts,
        models: [reconciler, ...others],
        proposers: ensemble.propose.map(build),
        reconcile,
      });
    },
    namesOf: (work) => namesOf(atLeastOne(resolved.routes[work].models.map(({ value }) => value))),
  };
}

function atLeastOne<Value>(values: readonly Value[]): readonly [Value, ...Value[]] {
  const [first, ...others] = values;
  if (first === undefined) throw new Error("A route was opened without models.");
  return [first, ...others];
}
