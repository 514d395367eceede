/** What one run has sent and received, over all its sandboxes. */
export interface Meter {
  bytes: number;
}

const remembered = 1000;

/** The meters of runs, by their id; of a run that is long over, it forgets. */
export function meters(): (runId: string) => Meter {
  const byRun = new Map<string, Meter>();
  return (runId) => {
    const meter = byRun.get(runId) ?? { bytes: 0 };
    // Put back at the end, so that the first one is the one used longest ago.
    byRun.delete(runId);
    byRun.set(runId, meter);
    const [oldest] = byRun.keys();
    if (byRun.size > remembered && oldest !== undefined) byRun.delete(oldest);
    return meter;
  };
}
