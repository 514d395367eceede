import { randomUUID } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { Forge } from "../../../src/domain/forge.ts";
import type { SandboxProvider, SnapshotStore } from "../../../src/domain/sandbox.ts";
import { preparationsName, type Queue, sendPreparation } from "../../../src/queue/queue.ts";
import { startWorker } from "../../../src/queue/start-worker.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { openPreparation } from "../../../src/store/preparations.ts";
import { aFactory } from "../../support/a-factory.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { paperSnapshots } from "../../support/paper-snapshots.ts";
import { playedModel } from "../../support/played-model.ts";
import { testQueue } from "../../support/test-queue.ts";

// Other test files sweep theirs.
const owner = `test-${randomUUID()}`;

const repo = { owner: "acme", name: "shop", installationId: 7 };
const nowhere = { path: "/nowhere", defaultBranch: "main", headSha: "0".repeat(40) };

let store: Store;
let queue: Queue;
beforeEach(async () => {
  const own = await testQueue();
  ({ store, queue } = own);
  return () => own[Symbol.asyncDispose]();
});

/** Every preparation finds that it has nothing to do. */
const snapshots: SnapshotStore = {
  ...paperSnapshots(),
  find: async ({ key, repository }) => ({ key, repository, sha: nowhere.headSha, reference: "kept" }),
};

async function working(forge: Partial<Forge>, told: string[] = [], parts: Partial<SandboxProvider> = {}) {
  const create = () => expect.unreachable("a sandbox was made");
  const sandboxes: SandboxProvider = { ...processProvider({ owner }), snapshots, create, ...parts };
  const factory = aFactory({ db: store.db, forge: paperForge(nowhere, forge), model: playedModel([]), sandboxes });
  return await startWorker(queue, factory, {
    concurrency: 1,
    listenToPreparations: (repository, event) => {
      if (event.type === "warned") told.push(`${repository}: ${event.message}`);
    },
    onError: (error) => expect.unreachable(String(error)),
  });
}

const jobs = () => queue.boss.findJobs(preparationsName, {});
const states = async () => (await jobs()).map(({ state }) => state).sort();

test("a preparation that has nothing to do looks at the mirror and is done", async () => {
  await sendPreparation(queue.boss, repo, {});
  let looked = 0;
  const told: string[] = [];
  await using _worker = await working(
    {
      mirror: async () => {
        looked += 1;
        return nowhere;
      },
    },
    told,
  );
  await expect.poll(states, { timeout: 20_000 }).toEqual(["completed"]);
  expect({ looked, told }).toEqual({ looked: 1, told: [] });
});

test("one that fails in passing is told to nobody but the log, and tried again twice at most", async () => {
  await sendPreparation(queue.boss, repo, {});
  const told: string[] = [];
  const said: string[] = [];
  await using _worker = await working(
    {
      mirror: () => Promise.reject(new NightshiftError("forge_unavailable", "The forge is down.", { retryable: true })),
      ensureComment: async (_repo, _issue, _marker, body) => {
        said.push(body);
        return { url: "" };
      },
    },
    told,
  );
  await expect.poll(states, { timeout: 20_000 }).toEqual(["retry"]);
  const [{ retryLimit } = expect.unreachable("no job")] = await jobs();
  expect(retryLimit).toBe(2);
  expect(told).toEqual(["acme/shop: No snapshot could be prepared: The forge is down."]);
  expect(said).toEqual([]);
});

test("one that another attempt would not mend is not tried again", async () => {
  await sendPreparation(queue.boss, repo, {});
  const told: string[] = [];
  const refused = new NightshiftError("forge_refused", "The App is not installed.");
  await using _worker = await working({ mirror: () => Promise.reject(refused) }, told);
  await expect.poll(states, { timeout: 20_000 }).toEqual(["completed"]);
  expect(told).toEqual(["acme/shop: No snapshot could be prepared: The App is not installed."]);
});

test("none begins while a run waits for a worker: it asks again later", async () => {
  const accepted = await accept(store.db, aDelivery("waiting"), anIntent(), async () => undefined);
  expect(accepted.status).toBe("queued");
  // The run stays queued: its alarm rings in an hour.
  const runId = accepted.status === "queued" ? accepted.runId : "";
  await queue.boss.send("runs", { runId }, { startAfter: 3600 });
  await sendPreparation(queue.boss, repo, {});
  await using _worker = await working({ mirror: () => expect.unreachable("it has begun") });
  await expect.poll(states, { timeout: 20_000 }).toEqual(["completed", "created"]);
});

test("one that is interrupted by the worker's stop is put back and has lost no attempt", async () => {
  await sendPreparation(queue.boss, repo, {});
  const begun = Promise.withResolvers<void>();
  const mirror: Forge["mirror"] = (_, { signal }) => {
    begun.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const told: string[] = [];
  const worker = await working({ mirror }, told);
  await begun.promise;
  await worker[Symbol.asyncDispose]();
  expect((await jobs()).map(({ state, retryCount }) => ({ state, retryCount }))).toEqual(
    expect.arrayContaining([{ state: "created", retryCount: 0 }]),
  );
  expect(told).toEqual([]);
});

test("a worker that starts leaves alone what another prepares", async () => {
  await using open = await openPreparation(store.db, repo);
  const spared: boolean[] = [];
  const sweep: SandboxProvider["sweep"] = async (isAlive) => {
    spared.push(await isAlive(open.lease.runId, open.lease.lease));
    return 0;
  };
  await using _worker = await working({}, [], { sweep });
  expect(spared).toEqual([true]);
});
