import type { Model } from "../../src/domain/model.ts";
import type { Models, Work } from "../../src/domain/route.ts";
import { routeOf } from "../../src/models/route.ts";

/** One model for all kinds of work, or the models of each kind. Their failures are the test's own, so they are not tried again. */
export function modelsOf(models: Model | Readonly<Record<Work, readonly [Model, ...Model[]]>>): Models {
  const patience = { tries: 1, callMs: 60_000, turnMs: 60_000 };
  const of = (work: Work) => ("complete" in models ? ([models] as const) : models[work]);
  const all: Models = {
    route: (work, { from = 0, ...parts }) => {
      const [first, ...more] = of(work).slice(from);
      if (first === undefined) throw new Error(`No model of ${work} is left after ${from}.`);
      return routeOf({ ...parts, models: [first, ...more], patience });
    },
    namesOf: (work) => {
      const [first, ...more] = of(work);
      return [first.name, ...more.map(({ name }) => name)];
    },
    forRun: () => all,
  };
  return all;
}
