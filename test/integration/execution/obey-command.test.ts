import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Command } from "../../../src/domain/command.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { Forge } from "../../../src/domain/forge.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import { accept } from "../../../src/store/accept.ts";
import { listEvents } from "../../../src/store/events.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { type Lease, takeRun } from "../../../src/store/runs.ts";
import { goOnWhereMoreWasGiven } from "../../../src/store/set-budget.ts";
import { readSpending } from "../../../src/store/spending.ts";
import { findStep, saveStep } from "../../../src/store/steps.ts";
import { concludeRun, getTicket, setDelivered } from "../../../src/store/tickets.ts";
import { listAnswers } from "../../../src/store/waiting.ts";
import { aFactory } from "../../support/a-factory.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 0;
let said = 9000;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => {
  issue += 10;
});

const nothing = async () => undefined;
const { repo } = anIntent();

/** A run that a worker has, which has spent `usd` of the ticket's 5. */
async function aRun(usd = 0) {
  const accepted = await accept(store.db, aDelivery(`ticket-${issue}`), anIntent({ issue }), nothing);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId, ticketId } = accepted;
  const lease = { runId, lease: (await takeRun(store.db, runId))?.lease ?? 0 };
  const { settings } = factoryWith({});
  const purse = openPurse(store.db, lease, { step: "code", budget: settings.budget, now: () => new Date() });
  const reserve = (amount: number) => purse.reserve({ model: "played/one", usd: amount });
  await (await reserve(usd)).settle({ usd, usage: undefined });
  const end = () =>
    concludeRun(store.db, lease, ticketId, "handed_to_human", { status: "needs_human", reason: "stopped" });
  return { ticketId, lease, reserve, end };
}

function factoryWith(forge: Partial<Forge>) {
  const nowhere = { path: "/nowhere", defaultBranch: "main", headSha: "0".repeat(40) };
  return aFactory({
    db: store.db,
    forge: paperForge(nowhere, forge),
    model: playedModel([]),
    sandboxes: processProvider(),
  });
}

/** A command is given and obeyed; what people see of it, and the runs that it started. */
async function obeyed(command: Command, of: { readonly forge?: Partial<Forge>; readonly number?: number } = {}) {
  said += 1;
  const by = { login: "bob", id: 12 };
  const asked = { type: "command", repo, number: of.number ?? issue, comment: said, command, by } as const;
  const accepted = await accept(store.db, aDelivery(`command-${said}`), asked, nothing);
  if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
  const seen: { reactions: number[]; answers: string[]; runs: string[] } = { reactions: [], answers: [], runs: [] };
  const factory = factoryWith({
    ensureCommentReaction: async (_, comment) => void seen.reactions.push(comment),
    ensureComment: async (_repo, _issue, _marker, body) => {
      seen.answers.push(body);
      return { url: "" };
    },
    ...of.forge,
  });
  const obey = () =>
    obeyCommand(
      accepted.commandId,
      factory,
      async (_, job) => void seen.runs.push(job.type === "run" ? job.runId : job.type),
    );
  return { seen, obey, comment: said };
}

async function afterObeying(command: Command, of: Parameters<typeof obeyed>[1] = {}) {
  const { seen, obey, comment } = await obeyed(command, of);
  await obey();
  return { ...seen, reactions: seen.reactions.map((id) => (id === comment ? "+1" : "elsewhere")) };
}

const budget = (usd: number) => ({ verb: "budget", usd }) as const;

test("a budget for a ticket whose work has stopped starts a run that goes on with it, for the one who gave it", async () => {
  const { ticketId, end } = await aRun(4.9);
  await end();

  const { reactions, answers, runs } = await afterObeying(budget(10));
  expect({ reactions, answers, runs: runs.length }).toEqual({ reactions: ["+1"], answers: [], runs: 1 });
  expect(await takeRun(store.db, runs[0] ?? "")).toMatchObject({
    ticketId,
    goesOn: true,
    requestedBy: { login: "bob" },
  });
  expect((await getTicket(store.db, ticketId)).state).toBe("queued");
  expect((await readSpending(store.db, ticketId)).budgetUsd).toBe(10);
  expect((await listEvents(store.db, ticketId)).map(({ event }) => event)).toContainEqual({
    type: "budget_set",
    usd: 10,
    by: "bob",
  });
});

test.each(["after", "before"])("what was agreed %s the run has ended is not asked or paid for again", async (when) => {
  const { lease, ticketId, reserve } = await aRun(4.9);
  const asks = { kind: "question", turn: 0, question: "Up?", options: [], from: "writers" } as const;
  const said = { approvedBy: null, said: [{ by: "bob", text: "Up." }] };
  const answer = { asks: { ...asks, step: "triage" }, ...said };
  const approval = { asks: { kind: "approval", step: "plan", from: "writers" }, approvedBy: "bob", said: [] } as const;
  const steps = {
    ...{ admit: {}, triage: { assessment: { type: "bug" }, questions: ["Up?"] }, "answer 1": answer },
    ...{ plan: { status: "planned" }, "answer 2": approval, "plan 2": { status: "none" }, base: "abc", code: {} },
    "answer 3": { asks: { ...asks, step: "code" }, ...said },
  };
  for (const [name, output] of Object.entries(steps)) await saveStep(store.db, lease, name, output);
  const outcome = { status: "needs_human", reason: "stopped" } as const;
  const end = (runs: string[]) =>
    concludeRun(store.db, lease, ticketId, "handed_to_human", outcome, (tx) =>
      goOnWhereMoreWasGiven(
        tx,
        { runId: lease.runId, ticketId },
        async (_, job) => void (job.type === "run" && runs.push(job.runId)),
      ),
    );
  const { seen, obey } = await obeyed(budget(10));
  await expect(reserve(1)).rejects.toThrow("budget");
  if (when === "after") await end(seen.runs);
  await obey();
  if (when === "before") await end(seen.runs);

  const [next = ""] = seen.runs;
  const kept = await store.db.selectFrom("steps").select("name").where("runId", "=", next).orderBy("name").execute();
  expect(kept.map(({ name }) => name)).toEqual(["answer 1", "answer 2", "lot", "plan", "triage"]);
  // The models' order stays: what was judged counts those that it passes over.
  expect(await findStep(store.db, next, "lot", z.string())).toEqual({ output: lease.runId });
  expect(await listAnswers(store.db, next)).toEqual([answer, approval]);
});

test("questions that nobody has answered, and a judgement that failed, are not kept", async () => {
  for (const triage of [
    { assessment: { type: "bug" }, questions: ["Up?"] },
    { assessment: null, questions: [] },
  ]) {
    issue += 1;
    const { lease, end } = await aRun();
    await saveStep(store.db, lease, "triage", triage);
    await end();
    const [next = ""] = (await afterObeying(budget(10))).runs;
    expect(await store.db.selectFrom("steps").select("name").where("runId", "=", next).execute()).toEqual([
      { name: "lot" },
    ]);
  }
});

test("a budget counts at once for a run under way, and no second one starts", async () => {
  const { reserve } = await aRun(4.9);
  await expect(reserve(1)).rejects.toThrow("the ticket's budget of $5.00");
  expect(await afterObeying(budget(10))).toEqual({ reactions: ["+1"], answers: [], runs: [] });
  await reserve(1);
});

describe("when a run ends for want of money", () => {
  const closed = async ({ lease, ticketId }: { readonly lease: Lease; readonly ticketId: string }) => {
    const runs: string[] = [];
    const outcome = { status: "needs_human", reason: "stopped" } as const;
    await concludeRun(store.db, lease, ticketId, "handed_to_human", outcome, (tx) =>
      goOnWhereMoreWasGiven(
        tx,
        { runId: lease.runId, ticketId },
        async (_, job) => void (job.type === "run" && runs.push(job.runId)),
      ),
    );
    return runs;
  };

  test("what was given before it began starts no other, although it covers no call", async () => {
    const run = await aRun(0.1);
    await (await obeyed(budget(6))).obey();
    const [next = "", ...others] = await closed(run);
    expect(others).toEqual([]);
    const lease = { runId: next, lease: (await takeRun(store.db, next))?.lease ?? 0 };
    expect(await closed({ ...run, lease })).toEqual([]);
    expect((await getTicket(store.db, run.ticketId)).state).toBe("needs_human");
  });

  test("who asked for another run meanwhile has given it nothing", async () => {
    const run = await aRun(0.1);
    await (await obeyed(budget(6))).obey();
    await (await run.reserve(1)).settle({ usd: 0, usage: undefined });
    expect((await afterObeying({ verb: "retry" })).answers).toEqual([expect.stringContaining("under way already")]);
    expect(await closed(run)).toEqual([]);
  });
});

test("what the run has used already starts nothing when it ends", async () => {
  const { reserve, lease, ticketId } = await aRun(4.9);
  const { seen, obey } = await obeyed(budget(6));
  await obey();
  await reserve(1);
  const outcome = { status: "needs_human", reason: "stopped" } as const;
  await concludeRun(store.db, lease, ticketId, "handed_to_human", outcome, (tx) =>
    goOnWhereMoreWasGiven(tx, { runId: lease.runId, ticketId }, async (_, job) => void seen.runs.push(job.type)),
  );
  expect(seen.runs).toEqual([]);
  expect((await getTicket(store.db, ticketId)).state).toBe("needs_human");
});

test("it can be given in the pull request's conversation", async () => {
  const { lease, ticketId, end } = await aRun();
  await setDelivered(store.db, lease, ticketId, { branch: "fix/1", headSha: "abc", pullNumber: issue + 5 });
  await end();
  expect((await afterObeying(budget(10), { number: issue + 5 })).runs).toHaveLength(1);
});

test("what somebody without write access says changes nothing and is answered in one place", async () => {
  const { ticketId, end } = await aRun();
  await end();
  const markers = new Set<string>();
  const forge: Partial<Forge> = {
    permission: async () => "read",
    ensureComment: async (_repo, _issue, marker) => {
      markers.add(marker);
      return { url: "" };
    },
  };
  for (const command of [budget(10), { verb: "unknown", said: "x" } as const]) {
    expect(await afterObeying(command, { forge })).toMatchObject({ reactions: [], runs: [] });
  }
  expect(markers.size).toBe(1);
  expect((await readSpending(store.db, ticketId)).budgetUsd).toBeNull();
  expect((await getTicket(store.db, ticketId)).state).toBe("needs_human");
});

test.each<[string, Command, RegExp]>([
  ["more than the operator allows", budget(50.01), /at most, so its budget stays as it was\. .*budget\.ticket_max_usd/],
  ["less than is spent", budget(4), /^@bob: the budget of this ticket is \$4\.00 now, and \$4\.9000 of it is spent/],
  ["what is no command", { verb: "unknown", said: "aprove @ada" }, /“aprove @\u200bada” .*`\/robot budget N`/],
])("%s is answered and starts nothing", async (_, command, answer) => {
  const { end } = await aRun(4.9);
  await end();
  const { reactions, answers, runs } = await afterObeying(command);
  expect({ reactions, runs }).toEqual({ reactions: [], runs: [] });
  expect(answers).toEqual([expect.stringMatching(answer)]);
});

test("where there is no ticket, or nothing to go on with, that is the answer", async () => {
  expect(await afterObeying(budget(10))).toMatchObject({
    runs: [],
    answers: [expect.stringContaining("no ticket here")],
  });
  const { ticketId, end } = await aRun();
  await end();
  await store.db.updateTable("tickets").set({ state: "ready" }).where("id", "=", ticketId).execute();
  expect(await afterObeying(budget(10))).toMatchObject({
    runs: [],
    answers: ["@bob: the budget of this ticket is $10.00 now. Nothing was started, since the ticket is ready."],
  });
});

test("a command whose answer fails is answered again and not obeyed again", async () => {
  const { ticketId, end } = await aRun();
  await end();
  let tries = 0;
  const down = new NightshiftError("forge_unavailable", "The forge is down.", { retryable: true });
  const { seen, obey } = await obeyed(budget(10), {
    forge: {
      ensureCommentReaction: async () => {
        tries += 1;
        if (tries === 1) throw down;
      },
    },
  });
  await expect(obey()).rejects.toBe(down);
  expect((await afterObeying(budget(20))).runs).toEqual([]);
  await obey();
  await obey();

  expect({ tries, runs: seen.runs.length }).toEqual({ tries: 2, runs: 1 });
  expect((await readSpending(store.db, ticketId)).budgetUsd).toBe(20);
});

test("the same delivery again is no second command", async () => {
  const asked = {
    type: "command",
    repo,
    number: issue,
    comment: 1,
    command: budget(10),
    by: { login: "bob", id: 12 },
  } as const;
  const all = await Promise.all(
    Array.from({ length: 5 }, () => accept(store.db, aDelivery(`twin-${issue}`), asked, nothing)),
  );
  expect(all.map(({ status }) => status).toSorted()).toEqual(["command_queued", ...Array(4).fill("duplicate")]);
});
