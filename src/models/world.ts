import { setTimeout as delay } from "node:timers/promises";

/** Time and chance, as a route needs them. */
export interface World {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Rejects when the signal fires. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Fires after so many ms. */
  readonly expire: (ms: number) => AbortSignal;
}

export const realWorld: World = {
  now: () => performance.now(),
  random: Math.random,
  wait: async (ms, signal) => void (await delay(ms, undefined, { signal })),
  // It takes whole numbers only.
  expire: (ms) => AbortSignal.timeout(Math.ceil(ms)),
};
