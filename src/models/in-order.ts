import type { Strategy } from "../domain/llm-settings.ts";

export interface Weighed<Value> {
  readonly value: Value;
  readonly weight: number;
}

/**
 * The order in which a route's models are asked for one piece of work. Who begins is chosen once for the piece and not for each
 * call: a conversation that changes its model pays for its whole prompt anew.
 * @param count of the piece among all: those that follow each other begin with one model after the other.
 */
export function inOrder<Value>(
  entries: readonly Weighed<Value>[],
  { strategy, count, random }: { readonly strategy: Strategy; readonly count: number; readonly random: () => number },
): readonly Value[] {
  const values = entries.map(({ value }) => value);
  switch (strategy) {
    case "fallback":
      return values;
    case "round-robin": {
      const first = values.length === 0 ? 0 : count % values.length;
      return [...values.slice(first), ...values.slice(0, first)];
    }
    case "weighted":
      return drawn(entries, random);
    default:
      return strategy satisfies never;
  }
}

function drawn<Value>(entries: readonly Weighed<Value>[], random: () => number): readonly Value[] {
  if (entries.length === 0) return [];
  const total = entries.reduce((sum, { weight }) => sum + weight, 0);
  const point = random() * total;
  const sums = entries.map((_, at) => entries.slice(0, at + 1).reduce((sum, { weight }) => sum + weight, 0));
  const found = sums.findIndex((sum) => point < sum);
  // Rounding may leave a rest that belongs to nobody.
  const index = found < 0 ? entries.length - 1 : found;
  const rest = entries.filter((_, at) => at !== index);
  return [...entries.slice(index, index + 1).map(({ value }) => value), ...drawn(rest, random)];
}
