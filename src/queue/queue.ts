import { fromKysely, PgBoss, type SendOptions, type UpdateQueueOptions } from "pg-boss";
import { z } from "zod";
import { NightshiftError } from "../domain/errors.ts";
import { fullName, type Repository, repository } from "../domain/repository.ts";
import type { Enqueue } from "../store/accept.ts";

/** The queue is the alarm clock: a job holds nothing but which run to look at. */
export const job = z.strictObject({ runId: z.uuid() });

export const commandJob = z.strictObject({ commandId: z.uuid() });

export const queueName = "runs";
/** What people have told us by comments. */
export const commandQueueName = "commands";
/** A snapshot is wanted of whatever is newest in the repository when a worker comes to it. */
export const preparationJob = z.strictObject({ repo: repository });
export const preparationsName = "preparations";
/** Several pushes come together, of a merge train say: they make one preparation. So do several comments: they are one answer. */
const quietSeconds = 60;
/** A worker that is told to stop has pushed what it keeps by then; one that has died has not. */
const laterSeconds = 20;

/** Where a job goes whose attempts are used up. */
export const abandonedQueueName = "abandoned-runs";

/** A worker that does not tell for so long that it lives is taken for dead, and the job is given to another. */
const heartbeatSeconds = 30;
/** With the delays below some two hours: longer than GitHub's longest rate limit and most outages. */
const retryLimit = 30;

export interface Queue extends AsyncDisposable {
  readonly boss: PgBoss;
  readonly enqueue: Enqueue;
  /** How soon what waits for another attempt is looked for: nobody notifies of a time that has come. */
  readonly pollSeconds: number;
}

export interface QueueOptions {
  /** Where the queue's own troubles are told. */
  readonly onError: (error: Error) => void;
  /** How long people may go on writing before their comments are taken as one answer. Default: 60 s. */
  readonly replySeconds?: number;
  /** How long a run waits that may be tried again: at first, and at most. Default: 5 s, up to 5 minutes. */
  readonly retryDelay?: { readonly seconds: number; readonly maxSeconds: number };
}

/** Connects pg-boss to the database and makes its tables and our queues where they are missing. */
export async function openQueue(databaseUrl: string, options: QueueOptions): Promise<Queue> {
  const { onError, retryDelay = { seconds: 5, maxSeconds: 300 }, replySeconds = quietSeconds } = options;
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
    const retry = {
      retryLimit,
      retryDelay: retryDelay.seconds,
      retryBackoff: true,
      retryDelayMax: retryDelay.maxSeconds,
      heartbeatSeconds,
    };
    await ensureQueue(boss, abandonedQueueName, retry);
    // A dead worker is noticed by its heartbeat: a run expires only after longer than any may take, the rest after pg-boss's 15 minutes.
    const limits = { ...retry, deadLetter: abandonedQueueName, expireInSeconds: 12 * 3600 };
    await ensureQueue(boss, queueName, limits);
    await ensureQueue(boss, commandQueueName, retry);
    // Nobody waits for it: a worker is not woken, but looks now and then.
    const rare = {
      ...retry,
      retryLimit: 2,
      retryDelay: 60,
      notify: false,
      expireInSeconds: 3 * 3600,
    };
    // `short`: of the jobs with one singletonKey, one waits at most.
    await ensureQueue(boss, preparationsName, rare, "short");
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
    pollSeconds: retryDelay.seconds,
    // Without our plugins: pg-boss knows its columns by the names they have in the database.
    enqueue: async (tx, job) => {
      const db = fromKysely(tx.withoutPlugins());
      switch (job.type) {
        case "run":
          await boss.send(queueName, { runId: job.runId }, { db, ...(job.later && { startAfter: laterSeconds }) });
          return;
        case "command":
          await boss.send(
            commandQueueName,
            { commandId: job.commandId },
            { db, ...(job.gathered && { startAfter: replySeconds }) },
          );
          return;
        case "preparation":
          await sendPreparation(boss, job.repo, { db, startAfter: quietSeconds });
          return;
        default:
          return job satisfies never;
      }
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

/** Changes nothing while one of this repository waits already. */
export async function sendPreparation(boss: PgBoss, repo: Repository, options: SendOptions): Promise<void> {
  await boss.send(preparationsName, { repo }, { ...options, singletonKey: fullName(repo).toLowerCase() });
}

/** The queue with these options, also where an older version of ours has made it. */
async function ensureQueue(
  boss: PgBoss,
  name: string,
  options: UpdateQueueOptions,
  policy = "standard",
): Promise<void> {
  await boss.createQueue(name, { policy });
  await boss.updateQueue(name, { notify: true, ...options });
}
