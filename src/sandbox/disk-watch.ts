const firstMs = 1_000;
/** Counting what a sandbox has written costs a walk over it; it gets this part of the time at most. */
const effort = 1 / 20;

export interface DiskWatch extends Disposable {
  /** Fires when the sandbox has written more than it may. */
  readonly signal: AbortSignal;
}

/** In bytes. */
export type Written = (signal: AbortSignal) => Promise<number>;

/**
 * Watches what a sandbox has written while a command runs in it. A quota of the file system would be better, but few have one;
 * between two looks a command can pass the limit by what the disk takes in that time.
 */
export function watchDisk(written: Written, maxBytes: number): DiskWatch {
  const full = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ended = new AbortController();
  const next = (ms: number) => {
    if (!ended.signal.aborted) timer = setTimeout(look, ms).unref();
  };
  const look = () => {
    const started = performance.now();
    written(ended.signal).then(
      (bytes) => {
        if (bytes > maxBytes) full.abort();
        else next(Math.max(firstMs, (performance.now() - started) / effort));
      },
      // A sandbox that is gone is told of by the command itself.
      () => next(firstMs),
    );
  };
  next(firstMs);
  return {
    signal: full.signal,
    [Symbol.dispose]() {
      ended.abort();
      clearTimeout(timer);
    },
  };
}

/** Why a command was ended, for whoever reads its output. */
export function diskFullText(maxBytes: number): string {
  return `Ended: the sandbox may write ${Math.round(maxBytes / 1024 ** 2)} MB (\`sandbox.disk_mb\`) and has written more.`;
}
