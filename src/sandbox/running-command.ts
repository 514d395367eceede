/** Which command runs now in a sandbox, for those who have to say what something happened under. */
export interface RunningCommand {
  readonly line: () => string | undefined;
  /** Until it is disposed of, `line` runs. */
  begin(line: string): Disposable;
}

export function runningCommand(): RunningCommand {
  const running = new Map<symbol, string>();
  return {
    // The newest: what was started before it waits for it, most of the time.
    line: () => [...running.values()].at(-1),
    begin(line) {
      const key = Symbol();
      running.set(key, line);
      return { [Symbol.dispose]: () => running.delete(key) };
    },
  };
}
