import type { RunEvent } from "../../src/domain/event.ts";
import type { Forge } from "../../src/domain/forge.ts";
import type { Wish } from "../../src/domain/intent.ts";
import type { Models } from "../../src/domain/route.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { executeRun } from "../../src/execution/execute-run.ts";
import { runRecordOf } from "../../src/execution/record/run-record.ts";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import { accept } from "../../src/store/accept.ts";
import type { Store } from "../../src/store/open-store.ts";
import { getRun } from "../../src/store/runs.ts";
import { aFactory } from "./a-factory.ts";
import { aDelivery, anIntent } from "./an-intent.ts";
import type { BareMirror } from "./bare-mirror.ts";
import { paperPulls } from "./paper-forge.ts";
import { playedModel } from "./played-model.ts";

export interface QueuedRunParts {
  readonly store: Store;
  readonly repository: BareMirror;
  readonly issue: number;
  /** What is wished for, where that matters. */
  readonly wish?: Partial<Pick<Wish, "title" | "body" | "ticketType">>;
  readonly models: Models;
  /** Of the operator. */
  readonly settings?: object;
  /** What the repository says of itself. */
  readonly says?: object;
  readonly forge?: Partial<Forge>;
}

/** A run that is queued, with processes as sandboxes and a forge on paper, and what attempts at it leave behind. */
export async function aQueuedRun({ store, repository, issue, models, ...of }: QueuedRunParts) {
  const accepted = await accept(
    store.db,
    aDelivery(`queued-${issue}`),
    anIntent({ issue, ...of.wish }),
    async () => undefined,
  );
  if (accepted.status !== "queued") throw new Error(`The run is ${accepted.status}.`);
  const { runId } = accepted;
  const { forge, pulls } = paperPulls(repository, of.forge);
  // Other test runs on the machine sweep what is theirs.
  const sandboxes = processProvider({ owner: runId });
  const repositorySays = of.says ?? { test: "npm test" };
  const parts = { db: store.db, forge, model: playedModel([]), sandboxes, repository: repositorySays };
  const factory = { ...aFactory(parts), models, settings: operatorSettings.parse(of.settings ?? {}) };
  const events: RunEvent[] = [];
  const queued: string[] = [];
  return {
    runId,
    factory,
    pulls,
    /** Jobs that followed. */
    queued,
    events,
    comment: () => forge.comments.get(issue),
    attempt: (attempt = 0, signal = new AbortController().signal) =>
      executeRun(runId, factory, {
        signal,
        attempt,
        lastAttempt: false,
        enqueue: async (_, job) => void queued.push(job.type),
        listen: (_, event) => void events.push(event),
      }),
    status: async () => (await getRun(store.db, runId)).status,
    record: () => runRecordOf(store.db, runId),
    told: <Type extends RunEvent["type"]>(...types: readonly Type[]) =>
      events.filter((event): event is Extract<RunEvent, { type: Type }> => types.some((type) => type === event.type)),
  };
}
