/** The first time after which output is told of, and the longest between two tellings; in between it doubles. */
const firstMs = 2_000;
const longestMs = 30_000;
const maxChars = 2_000;

export interface OutputStream {
  readonly onOutput: (text: string) => void;
  /** Resolves when all that was told has been taken. @throws what the taker threw. */
  settled(): Promise<void>;
}

/**
 * Tells of a command's newest output while it runs, in a bounded way: its last 2,000 characters, first after two seconds and
 * then ever more rarely. `clock` and when the command `started` are in ms. A quick command tells nothing, one of ten minutes about two dozen times.
 */
export function streamOutput(
  tell: (text: string) => Promise<void>,
  clock: () => number,
  started: number,
): OutputStream {
  let newest = "";
  let pause = firstMs;
  let told = started;
  let telling = Promise.resolve();
  return {
    onOutput(text) {
      newest = (newest + text).slice(-maxChars);
      const now = clock();
      if (now - told < pause) return;
      const news = newest.toWellFormed();
      [newest, told, pause] = ["", now, Math.min(2 * pause, longestMs)];
      telling = telling.then(() => tell(news));
      // It is thrown by `settled`, later.
      telling.catch(() => undefined);
    },
    settled: () => telling,
  };
}
