/** Splits an amount of cents among as many people. */
export function splitEvenly(cents, people) {
  return splitByShares(cents, Array(people).fill(1));
}

/** Splits an amount of cents in proportion to the shares. */
export function splitByShares(cents, shares) {
  if (shares.length === 0) throw new RangeError("nobody to split among");
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => Math.round((cents * share) / total));
}
