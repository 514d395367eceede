/** What a window holds, in tokens. */
export interface Reckoning {
  /** What every request begins with: prompt, tools and the task, with the summary there is. */
  readonly fixed: number;
  /** Each turn, the oldest first. */
  readonly turns: readonly number[];
}

export interface SummaryRoom {
  /** How much the request that asks for the summary may hold. */
  readonly fits: number;
  /** About so much of the newest turns stays. */
  readonly keep: number;
}

export interface ChosenTurns {
  /** So many of the oldest turns the model is shown when it is asked. */
  readonly shown: number;
  /** And so many of these its summary stands for. */
  readonly covered: number;
  /** How many tokens these have. */
  readonly gained: number;
}

/** Fewer are not worth a call, nor is less than a quarter of what fits: it would soon be asked again. */
const leastTurns = 8;
const leastShare = 1 / 4;

/** Which turns a summary is to replace; `undefined` where none would gain enough. The newest turn always stays. */
export function chooseSummary({ fixed, turns }: Reckoning, { fits, keep }: SummaryRoom): ChosenTurns | undefined {
  const shown = countWithin(turns, fits - fixed);
  const stay = Math.max(1, countWithin(turns.toReversed(), keep));
  const covered = Math.min(shown, turns.length - stay);
  const gained = sumOf(turns.slice(0, covered));
  if (covered < leastTurns || gained < leastShare * Math.min(fits, fixed + sumOf(turns))) return undefined;
  return { shown, covered, gained };
}

/** How many from the beginning are together no more than that. */
function countWithin(sizes: readonly number[], most: number): number {
  let sum = 0;
  const over = sizes.findIndex((size) => {
    sum += size;
    return sum > most;
  });
  return over === -1 ? sizes.length : over;
}

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
