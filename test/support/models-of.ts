import type { Model } from "../../src/domain/model.ts";
import type { Models } from "../../src/domain/route.ts";
import { routeOf } from "../../src/models/route.ts";

/** One model for all kinds of work. */
export function modelsOf(model: Model): Models {
  return { route: (_, { purse }) => routeOf({ models: [model], purse }), namesOf: () => [model.name] };
}
