import { setInterval } from "node:timers/promises";
import { alone } from "../store/alone.ts";
import { listUnanswered } from "../store/commands.ts";
import { listLiveRuns } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";
import { abandonedQueueName, commandQueueName, type Queue, queueName } from "./queue.ts";

const waiting: readonly string[] = ["created", "retry", "active"];

export interface Forgotten {
  /** Commands too whose attempts are used up: what kept them from an answer may have been mended. */
  readonly givenUp?: boolean;
}

/**
 * Our tables are the truth: a run that has not ended, or a command without an answer, that no job will wake gets one. Gives their ids;
 * none where another worker is looking.
 */
export async function requeueForgotten(queue: Queue, db: Db, of: Forgotten = {}): Promise<readonly string[]> {
  // Two who look at once would both find nothing, and of two jobs the second takes the run away from the first.
  const requeued = await alone(db, "requeue-forgotten", async () => [
    ...(await requeueRuns(queue, db)),
    ...(await requeueCommands(queue, db, of)),
  ]);
  return requeued ?? [];
}

/** The same now and then, until the worker stops: one that fails is made up for by the next. */
export async function keepRequeueing(
  queue: Queue,
  db: Db,
  of: { readonly everyMs: number; readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<void> {
  const { everyMs, signal, onError } = of;
  try {
    for await (const _ of setInterval(everyMs, undefined, { signal, ref: false })) {
      await requeueForgotten(queue, db).catch(onError);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function requeueRuns({ boss }: Queue, db: Db): Promise<readonly string[]> {
  const forgotten: string[] = [];
  for (const runId of await listLiveRuns(db)) {
    // In this order: between two looks a job may go from the one to the other.
    const isAwaited = (await hasJob(boss, queueName, { runId })) || (await hasJob(boss, abandonedQueueName, { runId }));
    if (isAwaited) continue;
    await boss.send(queueName, { runId });
    forgotten.push(runId);
  }
  return forgotten;
}

async function requeueCommands({ boss }: Queue, db: Db, { givenUp = false }: Forgotten): Promise<readonly string[]> {
  const forgotten: string[] = [];
  for (const commandId of await listUnanswered(db)) {
    if (await hasJob(boss, commandQueueName, { commandId }, givenUp ? waiting : [...waiting, "failed"])) continue;
    await boss.send(commandQueueName, { commandId });
    forgotten.push(commandId);
  }
  return forgotten;
}

async function hasJob(boss: Queue["boss"], name: string, data: object, states = waiting): Promise<boolean> {
  return (await boss.findJobs(name, { data })).some(({ state }) => states.includes(state));
}
