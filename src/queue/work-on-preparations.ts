import { explain, NightshiftError } from "../domain/errors.ts";
import type { RunEvent } from "../domain/event.ts";
import { fullName } from "../domain/repository.ts";
import { prepareSnapshot } from "../execution/sandboxes/prepare-snapshot.ts";
import type { Factory } from "../execution/workflow.ts";
import { isRunWaiting } from "../store/runs.ts";
import { preparationJob, preparationsName, type Queue, sendPreparation } from "./queue.ts";

/** What the making of a snapshot tells, by the repository's name: nobody is waiting for it. */
export type PreparationListener = (repository: string, event: RunEvent) => void;

export interface PreparationOptions {
  readonly listen: PreparationListener;
  /** Fires when the worker stops. */
  readonly stopping: AbortSignal;
}

/** A minute for tickets to be taken up, before a preparation asks again whether it may begin. */
const patienceSeconds = 60;

/** Makes snapshots ready, one at a time, and none while a run waits for a worker. What goes wrong is told to `listen` only. */
export async function workOnPreparations(
  { boss }: Queue,
  factory: Factory,
  options: PreparationOptions,
): Promise<void> {
  const { listen, stopping } = options;
  const settings = { includeMetadata: true, batchSize: 1, pollingIntervalSeconds: 2 } as const;
  await boss.work(preparationsName, settings, async ([taken]) => {
    if (taken === undefined) return;
    const { repo } = preparationJob.parse(taken.data);
    if (await isRunWaiting(factory.db)) return await sendPreparation(boss, repo, { startAfter: patienceSeconds });
    const tell = async (event: RunEvent) => listen(fullName(repo), event);
    try {
      const signal = AbortSignal.any([stopping, taken.signal]);
      await prepareSnapshot(repo, factory, { tell, signal });
    } catch (error) {
      // A stop is no failure, and loses no attempt. A second later, when this worker fetches no more.
      if (stopping.aborted) return await sendPreparation(boss, repo, { startAfter: 1 });
      await tell({ type: "warned", message: `No snapshot could be prepared: ${explain(error)}` });
      // The rest is the repository's own affair until its next push.
      if (!(error instanceof NightshiftError) || error.retryable) throw error;
    }
  });
}
