import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Asks } from "../../../src/domain/asks.ts";
import type { Command } from "../../../src/domain/command.ts";
import type { Permission } from "../../../src/domain/forge.ts";
import type { RecordedSummary } from "../../../src/domain/summary.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import { accept, type Job } from "../../../src/store/accept.ts";
import { hashOf } from "../../../src/store/artifacts.ts";
import { listUnanswered } from "../../../src/store/commands.ts";
import { listEvents } from "../../../src/store/events.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun, takeRun } from "../../../src/store/runs.ts";
import { saveStep } from "../../../src/store/steps.ts";
import { insertSummary, listSummaries } from "../../../src/store/summaries.ts";
import { concludeRun, getTicket, moveTicket, setDelivered } from "../../../src/store/tickets.ts";
import { completeTurn, insertTurn, listTurns } from "../../../src/store/turns.ts";
import { listAnswers } from "../../../src/store/waiting.ts";
import { aFactory } from "../../support/a-factory.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
let said = 0;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => {
  issue += 10;
});

const { repo } = anIntent();
const question: Asks = { kind: "question", step: "code", turn: 1, question: "Up?", options: [], from: "writers" };
const approval: Asks = { kind: "approval", step: "plan", from: "writers" };

const made = {
  upTo: 1,
  summary: { goal: "x", done: [], open: [], state: [], tests: [], decisions: [] },
  text: "Turn 1 is gone.",
};
const aSummary: RecordedSummary = {
  after: 1,
  made,
  costUsd: 0.05,
  asked: { shownTo: 1, messages: [{ role: "user", text: "Note it down." }] },
};

/** A run that a worker has had, with a step and a checkpoint, and that has asked people. */
async function aWaitingRun(asks: Asks, { ended = true } = {}) {
  const accepted = await accept(store.db, aDelivery(`ticket-${issue}`), anIntent({ issue }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId, ticketId } = accepted;
  const lease = { runId, lease: (await takeRun(store.db, runId))?.lease ?? 0 };
  await moveTicket(store.db, lease, ticketId, "coding_started");
  await saveStep(store.db, lease, "admit", { refused: false });
  await saveStep(store.db, lease, "base", "abc");
  const turn = { step: "code", n: 1, messages: [{ role: "user", text: "x" }] } as const;
  await insertTurn(store.db, lease, { ...turn, costUsd: 0.1 });
  const content = Buffer.from(`work on ${issue}`);
  const checkpoint = hashOf(content);
  await completeTurn(store.db, lease, { ...turn, checkpoint: { hash: checkpoint, content } });
  await insertSummary(store.db, lease, { step: "code", n: 1, ...aSummary });
  const outcome = { status: "waiting", reason: "Up?", asks } as const;
  await saveStep(store.db, lease, "outcome", outcome);
  const end = () => concludeRun(store.db, lease, ticketId, "paused", outcome);
  if (ended) await end();
  return { runId, ticketId, lease, checkpoint, end };
}

const permissions: Readonly<Record<string, Permission>> = { ada: "write", bob: "admin", eve: "read", mallory: "none" };

/** A comment as it is taken; `obey` is what a worker does about it a while later. */
async function aComment(command: Command, { by = "bob", number = issue, forgeIsDown = false } = {}) {
  said += 1;
  const comment = said;
  const person = { login: by, id: by.length };
  const intent = { type: "command", repo, number, comment, command, by: person } as const;
  const jobs: Job[] = [];
  const accepted = await accept(store.db, aDelivery(`said-${comment}`), intent, async (_, job) => void jobs.push(job));
  const seen: { reactions: number[]; answers: string[]; runs: string[] } = { reactions: [], answers: [], runs: [] };
  const factory = aFactory({
    db: store.db,
    forge: paperForge(
      { path: "/nowhere", defaultBranch: "main", headSha: "0".repeat(40) },
      {
        permission: async (_, login) => permissions[login] ?? "none",
        ensureCommentReaction: async (_, id) => {
          if (forgeIsDown) throw new Error("The forge is down.");
          seen.reactions.push(id);
        },
        ensureComment: async (_repo, _issue, _marker, body) => {
          seen.answers.push(body);
          return { url: "" };
        },
      },
    ),
    model: playedModel([]),
    sandboxes: processProvider(),
  });
  const obey = async () => {
    if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
    await obeyCommand(
      accepted.commandId,
      factory,
      async (_, job) => void (job.type === "run" && seen.runs.push(job.runId)),
    );
    return seen;
  };
  return { comment, status: accepted.status, jobs, obey };
}

const reply = (text: string, byAuthor = false) => ({ verb: "reply", text, byAuthor }) as const;

test("an answer starts a run for the one who asked for the work, with the steps, turns and workspace so far", async () => {
  const { runId, ticketId, checkpoint } = await aWaitingRun(question);
  const { obey, comment, jobs } = await aComment(reply("Up."));
  expect(jobs).toMatchObject([{ type: "command", gathered: true }]);
  const { reactions, answers, runs } = await obey();
  expect({ reactions, answers, runs: runs.length }).toEqual({ reactions: [comment], answers: [], runs: 1 });

  const next = runs[0] ?? "";
  expect(await getRun(store.db, next)).toMatchObject({ ticketId, status: "queued", requestedBy: { login: "ada" } });
  expect((await getTicket(store.db, ticketId)).state).toBe("queued");
  const steps = await store.db.selectFrom("steps").select("name").where("runId", "=", next).orderBy("name").execute();
  expect(steps.map(({ name }) => name)).toEqual(["answer 1", "base", "lot"]);
  expect(await listTurns(store.db, next, "code")).toMatchObject([{ n: 1, checkpoint }]);
  expect(await listSummaries(store.db, next, "code")).toEqual([aSummary]);
  expect(await listTurns(store.db, runId, "code")).toMatchObject([{ n: 1, checkpoint: null }]);
  const heard = { asks: question, approvedBy: null, said: [{ by: "bob", text: "Up." }] };
  expect(await listAnswers(store.db, next)).toEqual([heard]);
  const events = (await listEvents(store.db, ticketId)).map(({ event }) => event);
  expect(events).toContainEqual({ type: "answered", by: ["bob"], approved: false });
});

test("several comments are one answer, taken with the newest; what strangers say between them is not", async () => {
  await aWaitingRun(question);
  const first = await aComment(reply("Up."), { by: "ada" });
  const stranger = await aComment(reply("Down!"), { by: "eve" });
  const second = await aComment(reply("But not by much."));
  const last = await aComment(reply("Listen to me."), { by: "mallory" });

  expect(await first.obey()).toEqual({ reactions: [], answers: [], runs: [] });
  expect(await stranger.obey()).toEqual({ reactions: [], answers: [], runs: [] });
  const { reactions, runs } = await second.obey();
  expect(reactions).toEqual([first.comment, second.comment]);
  expect(await last.obey()).toEqual({ reactions: [], answers: [], runs: [] });
  expect((await listAnswers(store.db, runs[0] ?? ""))[0]?.said).toEqual([
    { by: "ada", text: "Up." },
    { by: "bob", text: "But not by much." },
  ]);
  expect(await listUnanswered(store.db)).toEqual([]);
  // As when its worker died just after.
  expect(await second.obey()).toEqual({ reactions, answers: [], runs });
});

test("what was taken as an answer is no answer to the next question, also where it could not be shown as heard", async () => {
  await aWaitingRun(question);
  await aComment(reply("Up."), { by: "ada" });
  const { obey } = await aComment(reply("Right up."), { forgeIsDown: true });
  await expect(obey()).rejects.toThrow("The forge is down.");
  expect(await listUnanswered(store.db)).toEqual([]);
});

test("words where nobody is asked leave no trace", async () => {
  expect((await aComment(reply("Nice."))).status).toBe("ignored");
  await aWaitingRun(question);
  await (await aComment(reply("Up."))).obey();
  expect((await aComment(reply("Or down?"))).status).toBe("ignored");
  const deliveries = await store.db.selectFrom("deliveries").select("id").where("id", "=", `said-${said}`).execute();
  expect(deliveries).toEqual([]);
});

test("an answer that comes before the question is fully told waits for it", async () => {
  const { end } = await aWaitingRun(question, { ended: false });
  const { obey } = await aComment(reply("Up."));
  await expect((await aComment({ verb: "approve" })).obey()).rejects.toMatchObject({ retryable: true });
  await expect(obey()).rejects.toMatchObject({ retryable: true });
  await end();
  expect((await obey())?.runs).toHaveLength(1);
});

test("the issue's author has a say where the repository gives it, and nobody else has", async () => {
  await aWaitingRun({ ...question, from: "author" });
  expect((await (await aComment(reply("Me too."), { by: "mallory" })).obey())?.runs).toEqual([]);
  expect((await (await aComment(reply("Up.", true), { by: "eve" })).obey())?.runs).toHaveLength(1);
  issue += 1;
  await aWaitingRun(question);
  expect((await (await aComment(reply("Up.", true), { by: "eve" })).obey())?.runs).toEqual([]);
});

test("it can be said in the pull request's conversation", async () => {
  const { lease, ticketId, end } = await aWaitingRun(question, { ended: false });
  await setDelivered(store.db, lease, ticketId, { branch: "fix/1", headSha: "abc", pullNumber: issue + 5 });
  await end();
  const { obey } = await aComment(reply("Up."), { number: issue + 5 });
  expect((await obey())?.runs).toHaveLength(1);
});

test("a plan is approved by the command alone, and a question is not", async () => {
  await aWaitingRun(approval);
  const runs = (await (await aComment({ verb: "approve" })).obey())?.runs ?? [];
  expect(await listAnswers(store.db, runs[0] ?? "")).toEqual([{ asks: approval, approvedBy: "bob", said: [] }]);
  const again = await (await aComment({ verb: "approve" })).obey();
  expect(again).toMatchObject({ runs: [], answers: ["@bob: there is no plan here that waits to be approved."] });

  issue += 1;
  await aWaitingRun(question);
  const wrong = await (await aComment({ verb: "approve" })).obey();
  expect(wrong).toMatchObject({
    runs: [],
    answers: ["@bob: there is a question here, and no plan. Answer it in a comment."],
  });
});

test("more money does not answer a question", async () => {
  await aWaitingRun(question);
  expect(await (await aComment({ verb: "budget", usd: 9 })).obey()).toMatchObject({
    runs: [],
    answers: [expect.stringContaining("Nothing was started, since the ticket is waiting.")],
  });
  expect((await (await aComment(reply("Up."))).obey())?.runs).toHaveLength(1);
});

test("a stop of what waits gives its run to a worker, to keep what was done; nobody can answer it any more", async () => {
  const { runId, ticketId, checkpoint } = await aWaitingRun(question);
  expect(await (await aComment({ verb: "stop" })).obey()).toEqual({ answers: [], reactions: [said], runs: [runId] });
  expect(await getRun(store.db, runId)).toMatchObject({ status: "queued", endedAt: null });
  expect(await listTurns(store.db, runId, "code")).toMatchObject([{ n: 1, checkpoint }]);
  expect((await aComment(reply("Up."))).status).toBe("ignored");
  expect((await (await aComment({ verb: "approve" })).obey())?.runs).toEqual([]);
  // Somebody else who is as impatient takes nothing away.
  expect(await (await aComment({ verb: "stop" })).obey()).toMatchObject({ answers: [], reactions: [said], runs: [] });
  expect(await listTurns(store.db, runId, "code")).toMatchObject([{ n: 1, checkpoint }]);
  expect((await getTicket(store.db, ticketId)).state).toBe("waiting");
});

test("a stop ends what nobody has taken yet, and lets the workspaces go", async () => {
  const { checkpoint } = await aWaitingRun(question);
  const retried = await (await aComment({ verb: "retry" })).obey();
  const [next = ""] = retried?.runs ?? [];
  expect(await store.db.selectFrom("artifacts").select("hash").where("hash", "=", checkpoint).execute()).toEqual([]);
  expect(await getRun(store.db, next)).toMatchObject({
    status: "queued",
    goesOn: false,
    requestedBy: { login: "bob" },
  });
  expect(await (await aComment({ verb: "retry" })).obey()).toMatchObject({
    answers: ["@bob: a run is under way already. `/robot stop` ends it."],
  });
  await (await aComment({ verb: "stop" })).obey();
  expect(await getRun(store.db, next)).toMatchObject({
    status: "cancelled",
    reason: "Stopped by @bob before it began.",
  });
  expect(await (await aComment({ verb: "stop" })).obey()).toMatchObject({
    answers: ["@bob: there is nothing to stop: the ticket is cancelled."],
  });
});

test("where there is no ticket, or a merged one, a stop and a retry say so", async () => {
  for (const verb of ["stop", "retry"] as const) {
    expect((await (await aComment({ verb })).obey())?.answers).toEqual([expect.stringContaining("no ticket here yet")]);
  }
  const { ticketId } = await aWaitingRun(question);
  await store.db.updateTable("tickets").set({ state: "merged" }).where("id", "=", ticketId).execute();
  const retried = await (await aComment({ verb: "retry" })).obey();
  expect(retried).toMatchObject({ runs: [], answers: ["@bob: nothing was started, since the ticket is merged."] });
});
