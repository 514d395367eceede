import { createHash } from "node:crypto";
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
  const { tries, call_minutes, turn_minutes } = llm.retry;
  const patience = { tries, callMs: call_minutes * 60_000, turnMs: turn_minutes * 60_000 };
  const inTheOrder = (order: (work: Work) => readonly ConfiguredModel[]): Models => ({
    route(work, { purse, tell, from = 0 }) {
      const { ensemble } = resolved.routes[work];
      const all = order(work);
      // However strong the evidence, somebody has to do the work.
      const ordered = atLeastOne(all.slice(Math.min(from, all.length - 1)).map(build));
      const parts = { purse, tell, patience, circuits, world };
      if (ensemble === undefined) return routeOf({ ...parts, models: ordered });
      const reconciler = build(ensemble.reconcile);
      const others = ordered.filter((model) => model !== reconciler);
      return ensembleOf({
        ...parts,
        models: [reconciler, ...others],
        alone: ordered,
        proposers: ensemble.propose.map(build),
        reconcile,
      });
    },
    namesOf: (work) => namesOf(atLeastOne(order(work))),
    forRun: (runId) =>
      inTheOrder((work) => {
        const { models, strategy } = resolved.routes[work];
        return inOrder(models, { strategy, ...lotOf(runId) });
      }),
  });
  return inTheOrder((work) => resolved.routes[work].models.map(({ value }) => value));
}

/** What decides instead of chance, so that a run is worked on in one order also after a crash and by another worker. */
function lotOf(runId: string): { readonly count: number; readonly random: () => number } {
  const lot = (n: number) => createHash("sha256").update(`${runId} ${n}`).digest().readUInt32BE();
  let drawn = 0;
  return {
    count: lot(0),
    random: () => {
      drawn += 1;
      return lot(drawn) / 2 ** 32;
    },
  };
}

function atLeastOne<Value>(values: readonly Value[]): readonly [Value, ...Value[]] {
  const [first, ...others] = values;
  if (first === undefined) throw new Error("A route was opened without models.");
  return [first, ...others];
}
