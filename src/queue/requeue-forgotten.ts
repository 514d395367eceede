import { listUnanswered } from "../store/commands.ts";
import { listLiveRuns } from "../store/runs.ts";
import type { Db } from "../store/schema.ts";
import { abandonedQueueName, commandQueueName, type Queue, queueName } from "./queue.ts";

const waiting: ReadonlySet<string> = new Set(["created", "retry", "active"]);

/** Our tables are the truth: a run that has not ended, or a command without an answer, that no job will wake gets one. Gives their ids. */
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
  for (const commandId of await listUnanswered(db)) {
    const jobs = await boss.findJobs(commandQueueName, { data: { commandId } });
    if (jobs.some(({ state }) => waiting.has(state))) continue;
    await boss.send(commandQueueName, { commandId });
    forgotten.push(commandId);
  }
  return forgotten;
}
