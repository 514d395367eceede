import { abandonRun, executeRun, type Listener } from "../execution/execute-run.ts";
import type { Factory } from "../execution/workflow.ts";
import { isLeaseAlive } from "../store/runs.ts";
import { abandonedQueueName, job, type Queue, queueName } from "./queue.ts";

export interface WorkerOptions {
  readonly concurrency: number;
  readonly listen?: Listener;
  /** What no run could take care of. */
  readonly onError: (error: unknown) => void;
}

/** Works on runs until it is disposed; then runs under way are interrupted and left for the next worker to go on with. */
export async function startWorker(queue: Queue, factory: Factory, options: WorkerOptions): Promise<AsyncDisposable> {
  const { boss } = queue;
  const { listen, onError, concurrency } = options;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const tracked = (work: Promise<void>) => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  // Nothing that an earlier life of this machine left behind stays running.
  await factory.sandboxes.sweep((runId, lease) => isLeaseAlive(factory.db, { runId, lease }));

  const settings = { includeMetadata: true, batchSize: 1, pollingIntervalSeconds: 2 } as const;
  await boss.work(queueName, { ...settings, localConcurrency: concurrency }, async ([taken]) => {
    if (taken === undefined) return;
    const signal = AbortSignal.any([stopping.signal, taken.signal]);
    const lastAttempt = taken.retryCount >= taken.retryLimit;
    try {
      await tracked(
        executeRun(job.parse(taken.data).runId, factory, { signal, lastAttempt, ...(listen && { listen }) }),
      );
    } catch (error) {
      // A stop is no failure: the run is put back at once and has lost no attempt.
      if (stopping.signal.aborted) await boss.send(queueName, job.parse(taken.data));
      else {
        onError(error);
        throw error;
      }
    }
  });
  await boss.work(abandonedQueueName, settings, async ([taken]) => {
    if (taken !== undefined) await tracked(abandonRun(job.parse(taken.data).runId, factory, listen));
  });

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error("The worker is stopping."));
      await Promise.allSettled(underWay);
      await Promise.all([boss.offWork(queueName, { wait: true }), boss.offWork(abandonedQueueName, { wait: true })]);
    },
  };
}
