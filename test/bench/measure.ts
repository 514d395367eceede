import type { BenchContext, Measures } from "./bench.ts";

/** What one round measured, by the measure's name. */
export type Sample = Readonly<Record<string, number>>;

export interface Race {
  /** The unit of every measure of ours. */
  readonly units: Readonly<Record<string, string>>;
  readonly ours: () => Promise<Sample>;
  /** What a peer's sample names as ours does is compared. */
  readonly peers: Readonly<Record<string, () => Promise<Sample>>>;
  readonly rounds: number;
}

/**
 * Ours and every peer, one after the other, round by round, so that what else the machine does meets all of them.
 * The first round warms up and is not counted; the values are medians of the others.
 */
export async function inTurns(race: Race, { signal, say }: BenchContext): Promise<Measures> {
  const runners = Object.entries({ ours: race.ours, ...race.peers });
  const samples = new Map(runners.map(([name]) => [name, [] as Sample[]]));
  for (let round = 0; round <= race.rounds; round += 1) {
    for (const [name, run] of runners) {
      signal.throwIfAborted();
      const sample = await run();
      if (round > 0) samples.get(name)?.push(sample);
      say(`${round === 0 ? "warm-up" : `round ${round}/${race.rounds}`}  ${name}: ${words(sample)}`);
    }
  }
  const medians = new Map([...samples].map(([name, taken]) => [name, medianSample(taken)]));
  return compare(race, medians);
}

function compare({ units, peers }: Race, medians: ReadonlyMap<string, Sample>): Measures {
  const measures = Object.entries(medians.get("ours") ?? {}).map(([measure, value]) => {
    const against = Object.keys(peers).flatMap((peer) => {
      const theirs = medians.get(peer)?.[measure];
      return theirs === undefined ? [] : [[peer, { value: rounded(theirs), ratio: rounded(value / theirs) }] as const];
    });
    return [
      measure,
      { value: rounded(value), unit: units[measure] ?? "", against: Object.fromEntries(against) },
    ] as const;
  });
  return Object.fromEntries(measures);
}

function medianSample(samples: readonly Sample[]): Sample {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(samples.map((sample) => sample[name] ?? Number.NaN))]));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value under which a part of the values lies; between two of them it is interpolated. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (above - below) * (at - Math.floor(at));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function words(sample: Sample): string {
  return Object.entries(sample)
    .map(([name, value]) => `${name} ${rounded(value)}`)
    .join(", ");
}
