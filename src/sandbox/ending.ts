export type Ending = "ended" | "timed-out" | "cancelled";

const longestTimer = 2 ** 31 - 1;

/** Waits for `work`, but no longer than `timeoutMs` and no further than `signal`; says which of the three it was. */
export async function ending(work: Promise<unknown>, timeoutMs: number, signal?: AbortSignal): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const timer = setTimeout(() => resolve("timed-out"), Math.min(timeoutMs, longestTimer));
  const cancel = () => resolve("cancelled");
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await Promise.race([promise, work.then(() => "ended" as const)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}
