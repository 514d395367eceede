import type { Snapshot, SnapshotStore } from "../../src/domain/sandbox.ts";

/** Snapshots on paper: what is kept is written down, and nothing can start from it. */
export interface PaperSnapshots extends SnapshotStore {
  readonly kept: Snapshot[];
  /** The budgets that were asked for, in MB. */
  readonly trims: number[];
}

export function paperSnapshots(): PaperSnapshots {
  const kept: Snapshot[] = [];
  const trims: number[] = [];
  return {
    kept,
    trims,
    async keep(_, snapshot) {
      const made = { ...snapshot, reference: `kept ${kept.length}` };
      kept.push(made);
      return made;
    },
    find: async ({ key }) => kept.find((snapshot) => snapshot.key === key),
    drop: async () => undefined,
    async trim(maxMb) {
      trims.push(maxMb);
      return [];
    },
    usage: async () => ({ count: kept.length, bytes: 0, freeBytes: undefined }),
  };
}
