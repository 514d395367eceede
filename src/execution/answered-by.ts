import type { RecordedTurn } from "../agent/journal.ts";
import type { Route } from "../domain/route.ts";

export interface AnsweredBy {
  readonly route: Route;
  /** Who answered last, by the name that the route has for it: the first, while nobody has. */
  readonly model: () => string;
}

/** The route, noting whose answers they are: where a model is not available, another may have done the work. */
export function answeredBy(route: Route, names: readonly string[], recorded: readonly RecordedTurn[]): AnsweredBy {
  let last = recorded.at(-1)?.reply.model;
  return {
    route: {
      models: route.models,
      async complete(request, options) {
        const completion = await route.complete(request, options);
        last = completion.reply.model;
        return completion;
      },
    },
    // A server may call its model by a longer name, with a date say.
    model: () => names.find((name) => last !== undefined && providerOf(name) === providerOf(last)) ?? route.models[0],
  };
}

function providerOf(name: string): string {
  return name.split("/")[0] ?? name;
}
