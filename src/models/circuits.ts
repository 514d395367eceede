/** How a model may be asked now: as always, once to see whether it is back, or not at all. */
export type Admission = "closed" | "half-open" | "open";

interface Circuit {
  failures: number;
  /** When it was last opened, in ms. */
  openedAt: number | undefined;
  probing: boolean;
}

export interface Circuits {
  /** Whoever is told `half-open` is the only one until `succeeded`, `failed` or `released` is called. */
  admit(model: string): Admission;
  succeeded(model: string): void;
  failed(model: string): void;
  /** A `half-open` call came to an end that says nothing about the model. */
  released(model: string): void;
}

export interface CircuitOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Failures in a row that open it; a failure is a turn whose tries were all in vain. Default 3. */
  readonly failures?: number;
  /** How long it stays open before one call may try, in ms. Default 30 s. */
  readonly coolMs?: number;
}

/** A circuit for each model, shared by all who ask it: what one run has found out, the others need not. */
export function openCircuits({ now, failures = 3, coolMs = 30_000 }: CircuitOptions): Circuits {
  const circuits = new Map<string, Circuit>();
  const of = (model: string): Circuit => {
    const found = circuits.get(model) ?? { failures: 0, openedAt: undefined, probing: false };
    circuits.set(model, found);
    return found;
  };
  return {
    admit(model) {
      const circuit = of(model);
      if (circuit.openedAt === undefined) return "closed";
      if (circuit.probing || now() - circuit.openedAt < coolMs) return "open";
      circuit.probing = true;
      return "half-open";
    },
    succeeded: (model) => void circuits.delete(model),
    failed(model) {
      const circuit = of(model);
      circuit.failures += 1;
      circuit.probing = false;
      if (circuit.failures >= failures) circuit.openedAt = now();
    },
    released(model) {
      of(model).probing = false;
    },
  };
}
