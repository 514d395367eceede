import type { Model } from "../../src/domain/model.ts";
import type { Models, Work } from "../../src/domain/route.ts";
import { routeOf } from "../../src/models/route.ts";

/** One model for all kinds of work, or the models of each kind. */
export function modelsOf(models: Model | Readonly<Record<Work, readonly [Model, ...Model[]]>>): Models {
  const of = (work: Work) => ("complete" in models ? ([models] as const) : models[work]);
  return {
    route: (work, { purse, from = 0 }) => {
      const [first, ...more] = of(work).slice(from);
      if (first === undefined) throw new Error(`No model of ${work} is left after ${from}.`);
      return routeOf({ models: [first, ...more], purse });
    },
    namesOf: (work) => {
      const [first, ...more] = of(work);
      return [first.name, ...more.map(({ name }) => name)];
    },
  };
}
