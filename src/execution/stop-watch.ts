import { NightshiftError } from "../domain/errors.ts";
import { stopAskedBy } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";

const lookEveryMs = 1_000;

/** Fires when a person has told the run to end, wherever that was said; looks until it is disposed of. */
export interface StopWatch extends Disposable {
  readonly signal: AbortSignal;
}

export async function watchForStop(db: Db, runId: string): Promise<StopWatch> {
  const stop = new AbortController();
  const look = async () => {
    const by = await stopAskedBy(db, runId);
    if (by !== undefined) stop.abort(new NightshiftError("cancelled", `Stopped by @${by}.`));
  };
  await look();
  // One that fails is made up for by the next.
  const timer = setInterval(() => void look().catch(() => undefined), lookEveryMs).unref();
  return { signal: stop.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
