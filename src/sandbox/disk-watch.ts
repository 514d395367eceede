import type Docker from "dockerode";

const firstMs = 1_000;
/** Counting what a container has written costs the engine a walk over it; it gets this part of the time at most. */
const effort = 1 / 20;

export interface DiskWatch extends Disposable {
  /** Fires when the container has written more than it may. */
  readonly signal: AbortSignal;
}

/**
 * Watches what a container has written while a command runs in it. The storage driver's own quota would be better, but exists
 * on XFS only; between two looks a command can pass the limit by what the disk takes in that time.
 */
export function watchDisk(container: Docker.Container, maxBytes: number): DiskWatch {
  const full = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ended = new AbortController();
  const next = (ms: number) => {
    if (!ended.signal.aborted) timer = setTimeout(look, ms).unref();
  };
  const look = () => {
    const started = performance.now();
    writtenBytes(container, ended.signal).then(
      (bytes) => {
        if (bytes > maxBytes) full.abort();
        else next(Math.max(firstMs, (performance.now() - started) / effort));
      },
      // A container that is gone is told of by the command itself.
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

/** In bytes, without what its image holds. */
async function writtenBytes(container: Docker.Container, abortSignal: AbortSignal): Promise<number> {
  // Named first, since the type of what may be asked for does not know of `size`.
  const options = { size: true, abortSignal };
  const found = await container.inspect(options);
  return "SizeRw" in found && typeof found.SizeRw === "number" ? found.SizeRw : 0;
}
