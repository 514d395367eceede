import { obeyCommand } from "../execution/commands/obey-command.ts";
import { abandonRun, executeRun, type Listener } from "../execution/execute-run.ts";
import type { Factory } from "../execution/workflow.ts";
import { settleEnded } from "../store/ledger.ts";
import { isInUse } from "../store/preparations.ts";
import {
  abandonedQueueName,
  commandJob,
  commandQueueName,
  job,
  preparationsName,
  type Queue,
  queueName,
} from "./queue.ts";
import { keepRequeueing, requeueForgotten } from "./requeue-forgotten.ts";
import { type PreparationListener, workOnPreparations } from "./work-on-preparations.ts";

export interface WorkerOptions {
  readonly concurrency: number;
  readonly listen?: Listener;
  readonly listenToPreparations?: PreparationListener;
  /** What no run could take care of. */
  readonly onError: (error: unknown) => void;
  /** How often it looks for what no job would wake. Default: 300 s. */
  readonly lookSeconds?: number;
}

/** Works on runs until it is disposed; then runs under way are interrupted and left for the next worker to go on with. */
export async function startWorker(queue: Queue, factory: Factory, options: WorkerOptions): Promise<AsyncDisposable> {
  const { boss, enqueue, pollSeconds } = queue;
  const { listen, listenToPreparations = () => undefined, onError, concurrency, lookSeconds = 300 } = options;
  const stopping = new AbortController();
  // Nothing that an earlier life of this machine left behind stays running, and no run is forgotten.
  await factory.sandboxes.sweep((runId, lease) => isInUse(factory.db, { runId, lease })).catch(onError);
  await settleEnded(factory.db);
  await requeueForgotten(queue, factory.db, { givenUp: true });

  const polling = { pollingIntervalSeconds: Math.min(2, pollSeconds), notifyPollingIntervalSeconds: pollSeconds };
  const settings = { includeMetadata: true, batchSize: 1, ...polling } as const;
  await boss.work(queueName, { ...settings, localConcurrency: concurrency }, async ([taken]) => {
    if (taken === undefined) return;
    const { runId } = job.parse(taken.data);
    const signal = AbortSignal.any([stopping.signal, taken.signal]);
    const { retryCount: attempt, retryLimit } = taken;
    try {
      const lastAttempt = attempt >= retryLimit;
      await executeRun(runId, factory, { signal, attempt, lastAttempt, onError, enqueue, ...(listen && { listen }) });
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      // A stop is no failure: the run is put back and has lost no attempt. A second later, when this worker fetches no more.
      await boss.send(queueName, { runId }, { startAfter: 1 });
    }
  });
  // One after the other: of two budgets the later one holds.
  await boss.work(commandQueueName, settings, async ([taken]) => {
    if (taken !== undefined) await obeyCommand(commandJob.parse(taken.data).commandId, factory, enqueue);
  });
  await boss.work(abandonedQueueName, settings, async ([taken]) => {
    if (taken !== undefined)
      await abandonRun(job.parse(taken.data).runId, factory, {
        enqueue,
        ...(listen && { listen }),
      });
  });
  await workOnPreparations(queue, factory, { listen: listenToPreparations, stopping: stopping.signal });
  const requeueing = keepRequeueing(queue, factory.db, {
    ...{ everyMs: lookSeconds * 1000, signal: stopping.signal, onError },
  });

  return {
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error("The worker is stopping."));
      const names = [queueName, commandQueueName, abandonedQueueName, preparationsName];
      await Promise.all(names.map((name) => boss.offWork(name, { wait: true })));
      await requeueing;
    },
  };
}
