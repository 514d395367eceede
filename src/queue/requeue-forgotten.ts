import { listLiveRuns } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";
import { abandonedQueueName, type Queue, queueName } from "./queue.ts";

const waiting: ReadonlySet<string> = new Set(["created", "retry", "active"]);

/** Our tables are the truth: a run that has not ended and that no job will wake gets one. Gives those runs. */
export async function requeueForgotten({ boss }: Queue, db: Db): Promise<readonly string[]> {
  const forgotten: string[] = [];
  for (const runId of await listLiveRuns(db)) {
    const jobs = await Promise.all(
      [queueName, abandonedQueueName].map((name) => boss.findJobs(name, { data: { runId } })),
    );
    if (jobs.flat().some(({ state }) => waiting.has(state))) continue;
    await boss.send(queueName, { runId });
    forgotten.push(runId);
  }
  return forgotten;
}
