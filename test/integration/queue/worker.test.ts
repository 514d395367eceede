import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { Forge } from "../../../src/domain/forge.ts";
import { abandonedQueueName, commandQueueName, type Queue, queueName } from "../../../src/queue/queue.ts";
import { requeueForgotten } from "../../../src/queue/requeue-forgotten.ts";
import { startWorker } from "../../../src/queue/start-worker.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import { accept } from "../../../src/store/accept.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun, takeRun } from "../../../src/store/runs.ts";
import { aFactory } from "../../support/a-factory.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { playedModel } from "../../support/played-model.ts";
import { testQueue } from "../../support/test-queue.ts";

// Other test files sweep theirs.
const owner = `test-${randomUUID()}`;

let store: Store;
let queue: Queue;
beforeEach(async () => {
  const own = await testQueue();
  ({ store, queue } = own);
  return () => own[Symbol.asyncDispose]();
});

async function queued(issue: number): Promise<string> {
  const accepted = await accept(store.db, aDelivery(`delivery-${issue}`), anIntent({ issue }), queue.enqueue);
  return accepted.status === "queued" ? accepted.runId : expect.unreachable(accepted.status);
}

const nowhere = { path: "/nowhere", defaultBranch: "main", headSha: "0".repeat(40) };
const factoryWith = (forge: Partial<Forge>) =>
  aFactory({
    db: store.db,
    forge: paperForge(nowhere, forge),
    model: playedModel([]),
    sandboxes: processProvider({ owner }),
  });

/** A mirror that takes for ever, until it is told to stop; `begun` settles when it was asked for. */
function endlessMirror() {
  const begun = Promise.withResolvers<void>();
  const mirror: Forge["mirror"] = (_, { signal }) => {
    begun.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  return { begun: begun.promise, mirror };
}

test("a worker that stops puts its runs back once, and takes none of them again", async () => {
  const quick = await queued(1);
  const slow = await queued(2);
  const { begun, mirror } = endlessMirror();
  const slowBegun = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const forge: Partial<Forge> = {
    mirror,
    ensureComment: async (_, issue) => {
      if (issue === 2) {
        slowBegun.resolve();
        await letGo.promise;
      }
      return { url: "" };
    },
  };
  const worker = await startWorker(queue, factoryWith(forge), { concurrency: 2, onError: () => undefined });
  await Promise.all([begun, slowBegun.promise]);

  const stopped = worker[Symbol.asyncDispose]();
  const isBack = async () =>
    (await queue.boss.findJobs(queueName, { data: { runId: quick } })).some((it) => it.state === "created");
  await expect.poll(isBack, { timeout: 20_000 }).toBe(true);
  letGo.resolve();
  await stopped;

  expect((await getRun(store.db, quick)).lease).toBe(1);
  expect((await getRun(store.db, slow)).lease).toBe(1);
  const waiting = (await queue.boss.findJobs(queueName, {})).filter(({ state }) => state === "created");
  expect(waiting.map(({ data }) => Object(data).runId).sort()).toEqual([quick, slow].sort());
});

test("a run that no job would wake is queued again, and one that waits is left alone", async () => {
  const waiting = await queued(3);
  const forgotten = await queued(4);
  await loseJob(forgotten);

  expect(await requeueForgotten(queue, store.db)).toEqual([forgotten]);
  expect(await requeueForgotten(queue, store.db)).toEqual([]);
  expect(await queue.boss.findJobs(queueName, { data: { runId: waiting } })).toHaveLength(1);
});

const loseJob = async (runId: string) => {
  const [job] = await queue.boss.findJobs(queueName, { data: { runId } });
  await queue.boss.deleteJob(queueName, job?.id ?? "");
};

test("workers that look at once for what no job would wake queue it once", async () => {
  const forgotten = await queued(8);
  await loseJob(forgotten);
  const found = await Promise.all(Array.from({ length: 5 }, () => requeueForgotten(queue, store.db)));
  expect(found.flat()).toEqual([forgotten]);
  expect(await queue.boss.findJobs(queueName, { data: { runId: forgotten } })).toHaveLength(1);
});

test("a job that is lost while a worker runs is missed by it", async () => {
  const told: unknown[] = [];
  const { begun, mirror } = endlessMirror();
  const options = { concurrency: 1, onError: (error: unknown) => told.push(error), lookSeconds: 0.1 };
  await using _worker = await startWorker(queue, factoryWith({ mirror }), options);
  const accepted = await accept(store.db, aDelivery("nobody-told"), anIntent({ issue: 9 }), async () => undefined);
  await begun;
  expect(accepted).toMatchObject({ status: "queued" });
  expect(told).toEqual([]);
});

test("a command whose attempts are used up is tried again by the next worker that starts, and not before", async () => {
  const command = { verb: "unknown", said: "dance" } as const;
  const { repo } = anIntent();
  const asked = { type: "command", repo, number: 10, comment: 2, command, by: { login: "ada", id: 11 } } as const;
  const accepted = await accept(store.db, aDelivery("given-up"), asked, async () => undefined);
  const { commandId } = accepted.status === "command_queued" ? accepted : expect.unreachable(accepted.status);
  const job = await queue.boss.send(commandQueueName, { commandId }, { retryLimit: 0 });
  await queue.boss.fetch(commandQueueName);
  await queue.boss.fail(commandQueueName, job ?? "");

  expect(await requeueForgotten(queue, store.db)).toEqual([]);
  expect(await requeueForgotten(queue, store.db, { givenUp: true })).toEqual([commandId]);
});

test.each([queueName, commandQueueName, abandonedQueueName])(
  "of the queue %s a job whose worker is silent for half a minute is given to another",
  async (name) => {
    const { boss } = queue;
    const id = (await boss.send(name, {})) ?? "";
    await boss.fetch(name);
    const state = async () => (await boss.getJobById(name, id))?.state;
    const silentFor = async (seconds: number) => {
      await sql`update pgboss.job set heartbeat_on = now() - make_interval(secs => ${seconds}) where id = ${id}`.execute(
        store.db,
      );
      // It looks at a queue every ten seconds at most.
      await sql`update pgboss.queue set monitor_on = null, monitor_claim_on = null where name = ${name}`.execute(
        store.db,
      );
      await boss.supervise(name);
      return await state();
    };
    expect(await silentFor(20)).toBe("active");
    expect(await silentFor(40)).toBe("retry");
  },
);

test("sandboxes that cannot be swept do not keep a worker from starting", async () => {
  const runId = await queued(5);
  const { begun, mirror } = endlessMirror();
  const factory = factoryWith({ mirror });
  const told: unknown[] = [];
  const sweep = () => Promise.reject(new NightshiftError("sandbox_failed", "device or resource busy"));
  const sandboxes = { ...factory.sandboxes, sweep };
  await using _worker = await startWorker(
    queue,
    { ...factory, sandboxes },
    { concurrency: 1, onError: (error) => told.push(error) },
  );
  await begun;
  expect(told).toEqual([expect.objectContaining({ message: "device or resource busy" })]);
  expect((await getRun(store.db, runId)).status).toBe("running");
});

test("a command that no job would wake is queued again and obeyed, and what runs that ended left open is closed", async () => {
  const runId = await queued(6);
  const { begun, mirror } = endlessMirror();
  const answered = Promise.withResolvers<string>();
  const forge: Partial<Forge> = {
    mirror,
    ensureComment: async (_repo, _issue, _marker, body) => {
      if (body.startsWith("@ada: ")) answered.resolve(body);
      return { url: "" };
    },
  };
  const { repo } = anIntent();
  const command = { verb: "unknown", said: "dance" } as const;
  const asked = { type: "command", repo, number: 6, comment: 1, command, by: { login: "ada", id: 11 } } as const;
  const accepted = await accept(store.db, aDelivery("lost"), asked, async () => undefined);
  expect(await requeueForgotten(queue, store.db)).toEqual(
    accepted.status === "command_queued" ? [accepted.commandId] : [],
  );
  expect(await requeueForgotten(queue, store.db)).toEqual([]);

  const ended = await takeRun(store.db, runId);
  const options = { step: "code", budget: factoryWith({}).settings.budget, now: () => new Date() };
  await openPurse(store.db, { runId, lease: ended?.lease ?? 0 }, options).reserve({ model: "played/one", usd: 1 });
  await store.db.updateTable("runs").set({ status: "failed" }).where("id", "=", runId).execute();
  await queued(7);

  await using _worker = await startWorker(queue, factoryWith(forge), { concurrency: 1, onError: () => undefined });
  expect(await answered.promise).toContain("does not understand it");
  await begun;
  expect(await store.db.selectFrom("ledger").select(["reservedUsd", "settledUsd"]).execute()).toEqual([
    { reservedUsd: 1, settledUsd: 1 },
  ]);
});
