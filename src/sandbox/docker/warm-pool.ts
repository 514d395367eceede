/** Made ahead of time, for whoever asks next. What is taken is the taker's, and never comes back. */
export interface WarmPool<Kind, Made> extends AsyncDisposable {
  /** The newest that is wanted, also when it is still being made; `undefined` when there is none, or it is not accepted. */
  take(isWanted: (kind: Kind) => boolean, accept: (made: Made) => Promise<boolean>): Promise<Made | undefined>;
  /** Makes one more; where there are too many, those that have waited longest go. */
  add(kind: Kind): void;
  /** Resolves when none of this kind is left. */
  discard(isUnwanted: (kind: Kind) => boolean): Promise<void>;
}

export interface WarmPoolOptions<Kind, Made> {
  readonly size: number;
  /** What nobody takes in this time is thrown away. */
  readonly idleMs: number;
  readonly make: (kind: Kind) => Promise<Made>;
}

interface Waiting<Kind, Made> {
  readonly kind: Kind;
  /** `undefined` when it could not be made: whoever makes one for itself is told why. */
  readonly made: Promise<Made | undefined>;
  readonly idle: NodeJS.Timeout;
}

/** Disposal throws away all that wait, those being made too; then nothing is made any more. */
export function warmPool<Kind, Made extends AsyncDisposable>(
  options: WarmPoolOptions<Kind, Made>,
): WarmPool<Kind, Made> {
  // The newest last.
  const waiting: Waiting<Kind, Made>[] = [];
  const leaving = new Set<Promise<void>>();
  let closed = false;

  const remove = (one: Waiting<Kind, Made>) => {
    clearTimeout(one.idle);
    waiting.splice(waiting.indexOf(one), 1);
  };
  const throwAway = (one: Waiting<Kind, Made>) => {
    remove(one);
    const gone = discarded(one.made).finally(() => leaving.delete(gone));
    leaving.add(gone);
  };

  return {
    async take(isWanted, accept) {
      const found = waiting.findLast(({ kind }) => isWanted(kind));
      if (found === undefined) return undefined;
      remove(found);
      const made = await found.made;
      if (made === undefined || (await accept(made))) return made;
      await discarded(found.made);
      return undefined;
    },
    add(kind) {
      if (closed || options.size === 0) return;
      const one: Waiting<Kind, Made> = {
        kind,
        made: options.make(kind).catch(() => undefined),
        idle: setTimeout(() => throwAway(one), options.idleMs).unref(),
      };
      waiting.push(one);
      for (const oldest of waiting.slice(0, -options.size)) throwAway(oldest);
    },
    async discard(isUnwanted) {
      for (const one of waiting.filter(({ kind }) => isUnwanted(kind))) throwAway(one);
      await Promise.all(leaving);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const one of [...waiting]) throwAway(one);
      await Promise.all(leaving);
    },
  };
}

async function discarded(made: Promise<AsyncDisposable | undefined>): Promise<void> {
  try {
    await (await made)?.[Symbol.asyncDispose]();
  } catch {
    // Nobody's run depends on it; the sweep finds it later.
  }
}
