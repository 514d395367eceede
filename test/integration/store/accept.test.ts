import { beforeAll, beforeEach, expect, test } from "vitest";
import { preparationsName, type Queue, queueName } from "../../../src/queue/queue.ts";
import { accept } from "../../../src/store/accept.ts";
import { listEvents } from "../../../src/store/events.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { concludeRun, getTicket } from "../../../src/store/tickets.ts";
import { aDelivery, aMove, anIntent } from "../../support/an-intent.ts";
import { testQueue } from "../../support/test-queue.ts";

let store: Store;
let queue: Queue;
let issue = 0;

beforeAll(async () => {
  const own = await testQueue();
  ({ store, queue } = own);
  return () => own[Symbol.asyncDispose]();
});
beforeEach(() => {
  issue += 1;
});

async function counts() {
  const count = async (table: "deliveries" | "tickets" | "runs" | "events") =>
    (
      await store.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow()
    ).n;
  const { totalCount } = (await queue.boss.getQueueStats(queueName, { force: true }))[0] ?? { totalCount: 0 };
  return {
    deliveries: await count("deliveries"),
    tickets: await count("tickets"),
    runs: await count("runs"),
    events: await count("events"),
    jobs: totalCount,
  };
}

async function jobsOf(runId: string): Promise<number> {
  const jobs = await queue.boss.findJobs(queueName, { data: { runId } });
  return jobs.length;
}

test("a wish becomes a ticket, a run, their events and one job", async () => {
  const accepted = await accept(store.db, aDelivery(`one-${issue}`), anIntent({ issue }), queue.enqueue);

  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  expect(await getTicket(store.db, accepted.ticketId)).toMatchObject({
    repo: { owner: "acme", name: "shop", installationId: 7 },
    externalId: String(issue),
    state: "queued",
    title: "Cart total is wrong",
    requestedBy: { login: "ada", id: 11 },
    branch: null,
    pullNumber: null,
  });
  expect((await listEvents(store.db, accepted.ticketId)).map(({ event }) => event)).toEqual([
    { type: "delivery_accepted", deliveryId: `one-${issue}`, event: "issues" },
    { type: "ticket_queued", ticket: `acme/shop#${issue}`, title: "Cart total is wrong", by: "ada" },
  ]);
  expect(await jobsOf(accepted.runId)).toBe(1);
});

test("the same delivery again changes nothing", async () => {
  await accept(store.db, aDelivery(`same-${issue}`), anIntent({ issue }), queue.enqueue);
  const before = await counts();

  expect(await accept(store.db, aDelivery(`same-${issue}`), anIntent({ issue }), queue.enqueue)).toEqual({
    status: "duplicate",
  });
  expect(await counts()).toEqual(before);
});

test("ten deliveries of one wish at once make one ticket and one run", async () => {
  const before = await counts();
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      accept(store.db, aDelivery(`race-${issue}-${n}`), anIntent({ issue }), queue.enqueue),
    ),
  );

  expect(all.map(({ status }) => status).sort()).toEqual(["queued", ...Array(9).fill("unchanged")].sort());
  const after = await counts();
  expect({ tickets: after.tickets - before.tickets, runs: after.runs - before.runs }).toEqual({ tickets: 1, runs: 1 });
});

test("one delivery sent ten times at once is accepted once", async () => {
  const all = await Promise.all(
    Array.from({ length: 10 }, () => accept(store.db, aDelivery(`twin-${issue}`), anIntent({ issue }), queue.enqueue)),
  );
  expect(all.filter(({ status }) => status === "queued")).toHaveLength(1);
  expect(all.filter(({ status }) => status === "duplicate")).toHaveLength(9);
});

test("when the job cannot be queued nothing is written, and the delivery can come again", async () => {
  const before = await counts();
  const broken = () => Promise.reject(new Error("the queue is away"));
  await expect(accept(store.db, aDelivery(`lost-${issue}`), anIntent({ issue }), broken)).rejects.toThrow("away");

  expect(await counts()).toEqual(before);
  const again = await accept(store.db, aDelivery(`lost-${issue}`), anIntent({ issue }), queue.enqueue);
  expect(again.status).toBe("queued");
});

test("a wish whose run has failed is taken up again by the next label, with its newest words", async () => {
  const first = await accept(store.db, aDelivery(`again-${issue}-1`), anIntent({ issue }), queue.enqueue);
  if (first.status !== "queued") return expect.unreachable(first.status);
  const run = await takeRun(store.db, first.runId);
  const lease = { runId: first.runId, lease: run?.lease ?? 0 };
  await concludeRun(store.db, lease, first.ticketId, "failed", { status: "failed", reason: "no luck" });

  const intent = anIntent({ issue, title: "Cart total is off by one cent", requestedBy: { login: "bob", id: 12 } });
  const second = await accept(store.db, aDelivery(`again-${issue}-2`), intent, queue.enqueue);

  expect(second).toMatchObject({ status: "queued", ticketId: first.ticketId });
  expect(await getTicket(store.db, first.ticketId)).toMatchObject({
    state: "queued",
    title: "Cart total is off by one cent",
    requestedBy: { login: "bob", id: 12 },
  });
});

test("a ticket that is merged stays as it is", async () => {
  const first = await accept(store.db, aDelivery(`done-${issue}-1`), anIntent({ issue }), queue.enqueue);
  if (first.status !== "queued") return expect.unreachable(first.status);
  const run = await takeRun(store.db, first.runId);
  await store.db.updateTable("tickets").set({ state: "reviewing" }).where("id", "=", first.ticketId).execute();
  const lease = { runId: first.runId, lease: run?.lease ?? 0 };
  await concludeRun(store.db, lease, first.ticketId, "merged", { status: "succeeded", summary: "done" });

  expect(await accept(store.db, aDelivery(`done-${issue}-2`), anIntent({ issue }), queue.enqueue)).toEqual({
    status: "unchanged",
    ticketId: first.ticketId,
    state: "merged",
  });
});

test("text that Postgres cannot hold is kept without what it cannot hold", async () => {
  const intent = anIntent({ issue, title: "NUL \0 and half a pair \ud800", body: "\0" });
  const accepted = await accept(store.db, aDelivery(`nul-${issue}`), intent, queue.enqueue);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  expect((await getTicket(store.db, accepted.ticketId)).title).toBe("NUL \ufffd and half a pair \ufffd");
});

test("many pushes to a repository with a ticket make one preparation, once they have come to rest", async () => {
  const name = `moving-${issue}`;
  const repo = { owner: "acme", name, installationId: 7 };
  await accept(store.db, aDelivery(`moving-${issue}`), anIntent({ issue, repo }), queue.enqueue);
  const before = await counts();
  const push = (n: number) => accept(store.db, aDelivery(`push-${issue}-${n}`), aMove(name), queue.enqueue);

  const all = await Promise.all(Array.from({ length: 10 }, (_, n) => push(n)));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["preparing"]));
  expect((await counts()).deliveries).toBe(before.deliveries + 10);
  const jobs = await queue.boss.findJobs(preparationsName, { data: { repo } });
  expect(jobs.map(({ state }) => state)).toEqual(["created"]);
  const [{ createdOn, startAfter } = expect.unreachable("no job")] = jobs;
  expect(startAfter.getTime() - createdOn.getTime()).toBeGreaterThan(30_000);
  // Another repository has its own.
  const other = { ...repo, name: `${name}-other` };
  await accept(store.db, aDelivery(`other-${issue}`), anIntent({ issue, repo: other }), queue.enqueue);
  await accept(store.db, aDelivery(`other-push-${issue}`), aMove(other.name), queue.enqueue);
  expect(await queue.boss.findJobs(preparationsName, { data: { repo: other } })).toHaveLength(1);
});

test("a push while a preparation is under way makes another, for what is newer", async () => {
  const name = `again-${issue}`;
  const repo = { owner: "acme", name, installationId: 7 };
  await accept(store.db, aDelivery(`again-${issue}`), anIntent({ issue, repo }), queue.enqueue);
  const push = (n: number) => accept(store.db, aDelivery(`again-push-${issue}-${n}`), aMove(name), queue.enqueue);
  await push(1);
  await queue.boss.fetch(preparationsName, { ignoreStartAfter: true, batchSize: 10 });
  await push(2);
  await push(3);
  const jobs = await queue.boss.findJobs(preparationsName, { data: { repo } });
  expect(jobs.map(({ state }) => state).sort()).toEqual(["active", "created"]);
});

test("a push where nothing was ever asked for leaves no trace, and the same delivery of one is taken once", async () => {
  const before = await counts();
  const stranger = aMove(`stranger-${issue}`);
  expect(await accept(store.db, aDelivery(`stranger-${issue}`), stranger, queue.enqueue)).toEqual({
    status: "ignored",
  });
  expect(await counts()).toEqual(before);
  expect(await queue.boss.findJobs(preparationsName, { data: { repo: stranger.repo } })).toEqual([]);

  await accept(store.db, aDelivery(`known-${issue}`), anIntent({ issue }), queue.enqueue);
  const push = () => accept(store.db, aDelivery(`known-push-${issue}`), aMove(), queue.enqueue);
  expect([(await push()).status, (await push()).status]).toEqual(["preparing", "duplicate"]);
});

test("a push whose job cannot be queued is not written down, and can come again", async () => {
  await accept(store.db, aDelivery(`shaky-${issue}`), anIntent({ issue }), queue.enqueue);
  const before = await counts();
  const broken = () => Promise.reject(new Error("the queue is away"));
  await expect(accept(store.db, aDelivery(`shaky-push-${issue}`), aMove(), broken)).rejects.toThrow("away");
  expect(await counts()).toEqual(before);
});
