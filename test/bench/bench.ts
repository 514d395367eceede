export interface Against {
  /** In the measure's unit. */
  readonly value: number;
  /** Ours / theirs. */
  readonly ratio: number;
}

export interface Measure {
  readonly value: number;
  readonly unit: string;
  readonly against: Readonly<Record<string, Against>>;
}

export type Measures = Readonly<Record<string, Measure>>;

export interface BenchContext {
  /** Fires when the bench has had its time, or when somebody stops it. */
  readonly signal: AbortSignal;
  /** What goes on meanwhile, for people, on standard error. */
  readonly say: (line: string) => void;
}

/** Measures ours beside a peer or a limit, and leaves nothing behind. */
export type Bench = (context: BenchContext) => Promise<Measures>;
