import type { World } from "../../src/models/world.ts";

export interface StillWorld extends World {
  /** How long was waited, in ms, wait by wait. */
  readonly waits: readonly number[];
  /** Lets time pass. */
  readonly pass: (ms: number) => void;
}

/** A world in which time passes only when somebody waits or says so, and chance always comes out the same. */
export function stillWorld(chance = 0.5): StillWorld {
  let time = 0;
  const waits: number[] = [];
  const alarms: { readonly at: number; readonly ring: () => void }[] = [];
  const pass = (ms: number) => {
    time += ms;
    for (const { at, ring } of alarms) if (at <= time) ring();
  };
  return {
    waits,
    pass,
    now: () => time,
    random: () => chance,
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      waits.push(ms);
      pass(ms);
    },
    expire: (ms) => {
      const alarm = new AbortController();
      alarms.push({ at: time + ms, ring: () => alarm.abort() });
      return alarm.signal;
    },
  };
}
