import type { RecordedTurn } from "../../agent/journal.ts";
import { textOf } from "../../domain/message.ts";
import type { Route } from "../../domain/route.ts";

export interface AnsweredBy {
  readonly route: Route;
  /** Who answered last, by the name that the route has for it: the first, while nobody has. */
  readonly model: () => string;
  /** What was said last in words, cut to some; empty where nothing was. */
  readonly words: () => string;
}

const shownChars = 300;

/** The route, noting whose answers they are: where a model is not available, another may have done the work. */
export function answeredBy(route: Route, names: readonly string[], recorded: readonly RecordedTurn[]): AnsweredBy {
  let last = recorded.at(-1)?.reply.model;
  let words = recorded.map(({ reply }) => textOf(reply).trim()).findLast((text) => text !== "") ?? "";
  return {
    route: {
      ...route,
      async complete(request, options) {
        const completion = await route.complete(request, options);
        last = completion.reply.model;
        words = textOf(completion.reply).trim() || words;
        return completion;
      },
    },
    model: () => (last === undefined ? undefined : nameOf(last, names)) ?? route.models[0],
    words: () => (words.length <= shownChars ? words : `${words.slice(0, shownChars - 1)}…`),
  };
}

/** A server may call its model by a longer name, with a date say, or by another one altogether. */
function nameOf(model: string, names: readonly string[]): string | undefined {
  const providerOf = (name: string) => name.split("/")[0];
  return (
    names.find((name) => name === model) ??
    names.findLast((name) => model.startsWith(name)) ??
    names.find((name) => providerOf(name) === providerOf(model))
  );
}
