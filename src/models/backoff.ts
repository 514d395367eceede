const firstMs = 1_000;
const longestMs = 30_000;

/**
 * How long to wait before a model is asked again, in ms: what it asked for, with up to a tenth on top so that not all come
 * back at once; else a random time up to a bound that doubles with each try
 * ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param tried how often it was asked already.
 */
export function backoffMs(tried: number, retryAfterMs: number | undefined, random: () => number): number {
  if (retryAfterMs !== undefined) return retryAfterMs * (1 + random() / 10);
  return random() * Math.min(longestMs, firstMs * 2 ** (tried - 1));
}
