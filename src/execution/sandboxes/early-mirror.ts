import type { Mirror } from "../../domain/forge.ts";
import type { WorkflowContext } from "../workflow.ts";

/** A mirror that is fetched beside what has to be decided first. Disposal stops a fetch that turned out to be for nothing. */
export interface EarlyMirror extends AsyncDisposable {
  /** Waits for it. @throws NightshiftError what `Forge.mirror` throws. */
  ready(): Promise<Mirror>;
}

export function earlyMirror({ factory, ticket, signal }: WorkflowContext): EarlyMirror {
  const stop = new AbortController();
  const mirror = factory.forge.mirror(ticket.repo, { signal: AbortSignal.any([signal, stop.signal]) });
  // What fails is told to whoever waits for it; nobody may ever do.
  const settled = Promise.allSettled([mirror]);
  return {
    ready: () => mirror,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await settled;
    },
  };
}
