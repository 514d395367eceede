import { fromKysely, PgBoss, type UpdateQueueOptions } from "pg-boss";
import { z } from "zod";
import { NightshiftError } from "../domain/errors.ts";
import type { Enqueue } from "../store/accept.ts";
import type { EnqueueCommand } from "../store/commands.ts";

/** The queue is the alarm clock: a job holds nothing but which run to look at. */
export const job = z.strictObject({ runId: z.uuid() });

export const commandJob = z.strictObject({ commandId: z.uuid() });

export const queueName = "runs";
/** What people have told us by comments. */
export const commandQueueName = "commands";
/** Where a job goes whose attempts are used up. */
export const abandonedQueueName = "abandoned-runs";

/** A worker that does not tell for so long that it lives is taken for dead, and the job is given to another. */
const heartbeatSeconds = 30;
/** With the delays below some two hours: longer than GitHub's longest rate limit and most outages. */
const retryLimit = 30;

export interface Queue extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly enqueue: Enqueue;
  readonly enqueueCommand: EnqueueCommand;
}

export interface QueueOptions {
  /** Where the queue's own troubles are told. */
  readonly onError: (error: Error) => void;
}

/** Connects pg-boss to the database and makes its tables and our queues where they are missing. */
export async function openQueue(databaseUrl: string, { onError }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: "nightshift-queue",
    useListenNotify: true,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    schedule: false,
  });
  boss.on("error", onError);
  try {
    await boss.start();
    await ensureQueue(boss, abandonedQueueName, {});
    // A dead worker is noticed by its heartbeat; it expires only after longer than any run may take.
    const limits = { deadLetter: abandonedQueueName, expireInSeconds: 12 * 3600, heartbeatSeconds };
    await ensureQueue(boss, queueName, limits);
    await ensureQueue(boss, commandQueueName, {});
  } catch (cause) {
    await boss.stop({ graceful: false }).catch(onError);
    throw new NightshiftError(
      "database_unavailable",
      "The queue's tables could not be made or read in this database.",
      { cause },
    );
  }
  return {
    boss,
    // Without our plugins: pg-boss knows its columns by the names they have in the database.
    enqueue: async (tx, runId) => {
      await boss.send(queueName, { runId }, { db: fromKysely(tx.withoutPlugins()) });
    },
    enqueueCommand: async (tx, commandId) => {
      await boss.send(commandQueueName, { commandId }, { db: fromKysely(tx.withoutPlugins()) });
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

/** The queue with these options, also where an older version of ours has made it. */
async function ensureQueue(boss: PgBoss, name: string, more: UpdateQueueOptions): Promise<void> {
  const options = { retryLimit, retryDelay: 5, retryBackoff: true, retryDelayMax: 300, notify: true, ...more };
  await boss.createQueue(name);
  await boss.updateQueue(name, options);
}
