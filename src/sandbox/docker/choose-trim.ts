/** What a snapshot takes on the disk. Layers may be shared with snapshots that were made on top of it. */
export interface KeptLayers<Snapshot> {
  readonly snapshot: Snapshot;
  readonly layers: readonly { readonly id: string; readonly bytes: number }[];
  readonly lastUsed: Date;
}

/** Which snapshots to remove, those used longest ago first, so that what is left fits; layers count once. */
export function chooseTrim<Snapshot>(kept: readonly KeptLayers<Snapshot>[], maxBytes: number): readonly Snapshot[] {
  const newestFirst = kept.toSorted((one, other) => other.lastUsed.getTime() - one.lastUsed.getTime());
  const firstOut = newestFirst.findIndex((_, at) => bytesOf(newestFirst.slice(0, at + 1)) > maxBytes || maxBytes === 0);
  return firstOut === -1
    ? []
    : newestFirst
        .slice(firstOut)
        .map(({ snapshot }) => snapshot)
        .toReversed();
}

/** Of all together; layers count once. */
export function bytesOf(kept: readonly KeptLayers<unknown>[]): number {
  const layers = new Map(kept.flatMap(({ layers }) => layers.map(({ id, bytes }) => [id, bytes] as const)));
  return layers.values().reduce((sum, bytes) => sum + bytes, 0);
}
