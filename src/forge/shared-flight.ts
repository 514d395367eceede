import { NightshiftError } from "../domain/errors.ts";

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  passengers: number;
}

export type SharedFlight<T> = (
  key: string,
  signal: AbortSignal,
  start: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/**
 * Callers with the same key share the work that is under way.
 * Each may leave by its own signal; the work is stopped when nobody waits for it any more.
 */
export function sharedFlight<T>(): SharedFlight<T> {
  const flights = new Map<string, Flight<T>>();

  const board = (key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const flying = flights.get(key);
    if (flying !== undefined) return flying;
    const controller = new AbortController();
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    const flight: Flight<T> = { promise: start(controller.signal).finally(land), controller, passengers: 0 };
    flights.set(key, flight);
    return flight;
  };

  return async (key, signal, start) => {
    if (signal.aborted) throw cancelled(key);
    const flight = board(key, start);
    flight.passengers += 1;
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(cancelled(key));
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([flight.promise, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      flight.passengers -= 1;
      if (flight.passengers === 0) {
        // Out of the map at once: a newcomer must not board work that is being stopped.
        if (flights.get(key) === flight) flights.delete(key);
        flight.controller.abort();
      }
    }
  };
}

function cancelled(key: string): NightshiftError {
  return new NightshiftError("cancelled", `Waiting for ${key} was cancelled.`);
}
