import type { Named } from "./named-in.ts";

/** The files of the repository that a text names: whole paths, ends of paths as in a stack trace, and names that only a few files have. */
export function findNamed({ paths: named }: Pick<Named, "paths">, paths: readonly string[]): readonly string[] {
  if (named.length === 0) return [];
  const all = new Set(paths);
  const wanted = new Set(named.map(nameOf));
  const byName = Map.groupBy(
    paths.filter((path) => wanted.has(nameOf(path))),
    nameOf,
  );
  return [...new Set(named.flatMap((one) => resolved(one, all, byName.get(nameOf(one)) ?? [])))];
}

/** A name that more files than these have says little of any of them. */
const mostNamesakes = 3;

function resolved(named: string, all: ReadonlySet<string>, namesakes: readonly string[]): readonly string[] {
  if (all.has(named)) return [named];
  // `/app/src/cart.ts` is `src/cart.ts`, and `b/cart.ts` is `a/b/cart.ts`: whichever shares the longest end.
  const shared = namesakes.map((path) => ({ path, length: sharedEnd(path, named) }));
  const longest = Math.max(0, ...shared.map(({ length }) => length));
  const best = shared.filter(({ length }) => length === longest).map(({ path }) => path);
  return best.length <= mostNamesakes ? best : [];
}

function sharedEnd(one: string, other: string): number {
  const [a, b] = [one.split("/").toReversed(), other.split("/").toReversed()];
  const differs = a.findIndex((part, index) => part !== b[index]);
  return differs === -1 ? a.length : differs;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
