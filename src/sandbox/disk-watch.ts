import { NightshiftError } from "../domain/errors.ts";

const everyMs = 1_000;
/** Counting what a sandbox has written costs a walk over it; it gets this part of the time at most. */
const effort = 1 / 20;
/** So often may a sandbox be full and write on. */
const patience = 5;

/** Watches what a sandbox has written, from its start to its end. */
export interface DiskWatch extends Disposable {
  readonly maxBytes: number;
  /** Fires when the sandbox writes more than it may, and all that runs in it is killed; then there is another one. */
  signal(): AbortSignal;
  /** The killing, while it is under way. */
  emptying(): Promise<void> | undefined;
  /** Before a command. @throws NightshiftError `sandbox_failed` when it has written on and on. */
  ready(): Promise<void>;
  /** Looks once more after a command that took long enough to have written much; whether the sandbox was full. */
  after(durationMs: number): Promise<boolean>;
}

export interface DiskWatchOptions {
  /** In bytes. */
  readonly written: (signal: AbortSignal) => Promise<number>;
  readonly maxBytes: number;
  /** Whatever started it: between two commands only what was left behind can write. */
  readonly killAll: () => Promise<void>;
}

/**
 * A quota of the file system would be better, but few have one; between two looks a sandbox can pass the limit by what the disk
 * takes in that time. One that is full and writes nothing more is left alone, so that files can be removed in it.
 */
export function watchDisk({ written, maxBytes, killAll }: DiskWatchOptions): DiskWatch {
  const ended = new AbortController();
  let full = new AbortController();
  let emptying: Promise<void> | undefined;
  let looking: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let costMs = 0;
  let times = 0;

  const empty = async () => {
    times += 1;
    const fired = full;
    full = new AbortController();
    emptying = killAll()
      // A sandbox that is gone is told of by the command itself.
      .catch(() => undefined)
      .finally(() => {
        emptying = undefined;
      });
    fired.abort();
    await emptying;
  };
  const look = async () => {
    const started = performance.now();
    const bytes = await written(ended.signal).catch(() => 0);
    costMs = performance.now() - started;
    const isFull = bytes > maxBytes && bytes > last && !ended.signal.aborted;
    last = bytes;
    if (isFull) await empty();
    return isFull;
  };
  const lookNow = () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const next = () => {
    if (ended.signal.aborted) return;
    timer = setTimeout(() => void lookNow().then(next), Math.max(everyMs, costMs / effort)).unref();
  };
  next();

  return {
    maxBytes,
    signal: () => full.signal,
    emptying: () => emptying,
    async ready() {
      await emptying;
      if (times < patience) return;
      throw new NightshiftError("sandbox_failed", `${diskFullText(maxBytes)} It did so ${times} times.`);
    },
    after: async (durationMs) => durationMs * effort > Math.max(costMs, 5) && (await lookNow()),
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
