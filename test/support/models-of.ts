import type { Model } from "../../src/domain/model.ts";
import type { Models } from "../../src/domain/route.ts";
import { routeOf } from "../../src/models/route.ts";

/** One model for all kinds of work. Its failures are the test's own, so they are not tried again. */
export function modelsOf(model: Model): Models {
  const patience = { tries: 1, callMs: 60_000, turnMs: 60_000 };
  return { route: (_, parts) => routeOf({ ...parts, models: [model], patience }), namesOf: () => [model.name] };
}
