import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { Forge } from "../../../src/domain/forge.ts";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import { redactor } from "../../../src/domain/redact.ts";
import type { Models } from "../../../src/domain/route.ts";
import { abandonRun, executeRun } from "../../../src/execution/execute-run.ts";
import { readRecording } from "../../../src/execution/record/read-recording.ts";
import { runRecordOf } from "../../../src/execution/record/run-record.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import { accept } from "../../../src/store/accept.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { getRun } from "../../../src/store/runs.ts";
import { getTicket } from "../../../src/store/tickets.ts";
import { sumTurns } from "../../../src/store/turns.ts";
import { aFactory, type FactoryParts } from "../../support/a-factory.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { paperPulls } from "../../support/paper-forge.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

// Another Nightshift on this machine must not take them for its own.
const sandboxes = processProvider({ owner: randomUUID() });
let store: Store;
let repository: BareMirror;
let issue = 0;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "broken\n", "package.json": '{"scripts":{"test":"grep fixed a.txt"}}\n' });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const submit = calling(aCall("submit", { title: "Fix it", what: "Fixed.", why: "It was broken." }));
const bash = (command: string) => calling(aCall("bash", { command }));
const fix = bash("echo fixed > a.txt");

/** A run that is queued, and what attempts at it leave behind. */
async function aRun(of: {
  readonly replies?: readonly AssistantMessage[];
  readonly forge?: Partial<Forge>;
  readonly parts?: Partial<FactoryParts>;
  readonly repository?: object;
}) {
  issue += 1;
  const accepted = await accept(store.db, aDelivery(`run-${issue}`), anIntent({ issue }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId, ticketId } = accepted;
  const { forge, pulls } = paperPulls(repository, of.forge);
  const model = playedModel(of.replies ?? [fix, submit], free);
  const settings = of.repository ?? { test: "npm test" };
  const parts = { db: store.db, forge, model, sandboxes, repository: settings, ...of.parts };
  const factory = aFactory(parts);
  const events: RunEvent[] = [];
  const { signal } = new AbortController();
  const listen = (_: string, event: RunEvent) => void events.push(event);
  return {
    runId,
    ticketId,
    factory,
    model,
    pulls,
    events,
    comment: () => forge.comments.get(anIntent({ issue }).issue),
    attempt: (attempt: number, options: { readonly lastAttempt?: boolean } = {}) =>
      executeRun(runId, factory, { signal, attempt, lastAttempt: options.lastAttempt ?? false, listen }),
    status: async () => (await getRun(store.db, runId)).status,
    warnings: () => events.flatMap((event) => (event.type === "warned" ? [event.message] : [])),
  };
}

const down = () => new NightshiftError("forge_unavailable", "The forge is down.", { retryable: true });

test("a call whose answer was lost before it was recorded is asked again, and the books hold what both have cost", async () => {
  const cent = { input: 0, output: 100, cacheRead: 0, cacheWrite: 0 };
  const run = await aRun({ parts: { model: playedModel([fix, fix, submit], cent) } });
  // As when the worker dies after the call was settled: nothing of its turn is written.
  await sql`create function lose() returns trigger language plpgsql as $$ begin raise 'lost'; end $$`.execute(store.db);
  await sql`create trigger lost before insert on turns for each row when (new.n = 1) execute function lose()`.execute(
    store.db,
  );
  try {
    await expect(run.attempt(0)).rejects.toThrow("lost");
  } finally {
    await sql`drop function lose cascade`.execute(store.db);
  }
  await run.attempt(1);

  expect(await run.status()).toBe("succeeded");
  const calls = store.db.selectFrom("ledger").select(["step", "settledUsd"]).where("runId", "=", run.runId);
  expect(await calls.execute()).toEqual(Array.from({ length: 3 }, () => ({ step: "code", settledUsd: 0.01 })));
  expect(await sumTurns(store.db, run.runId)).toEqual({ turns: 2, costUsd: 0.02 });
  expect((await runRecordOf(store.db, run.runId)).cost_usd).toBe(0.03);
  expect(run.pulls[0]?.body).toContain("$0.0300");
});

test("a secret in an error is neither told nor kept nor shown on the issue", async () => {
  const secret = "a-secret-of-ours-1234";
  const run = await aRun({ parts: { redact: redactor([secret]) } });
  const models: Models = {
    ...run.factory.models,
    forRun: () => models,
    route: () => {
      throw new NightshiftError("model_refused", `The gateway does not like ${secret}.`);
    },
  };
  await executeRun(
    run.runId,
    { ...run.factory, models },
    {
      ...{ signal: new AbortController().signal, attempt: 0, lastAttempt: true },
      listen: (_, event) => void run.events.push(event),
    },
  );
  const kept = await store.db.selectFrom("events").select("data").where("ticketId", "=", run.ticketId).execute();
  const { reason } = await getRun(store.db, run.runId);
  const shown = [JSON.stringify(run.events), JSON.stringify(kept), reason, run.comment()];
  for (const text of shown) {
    expect(text).toContain("The gateway does not like [redacted]");
    expect(text).not.toContain(secret);
  }
});

test("an end that cannot be told now is told by the next attempt, and nothing else is done twice", async () => {
  let attempts = 0;
  const run = await aRun({
    forge: {
      ensureComment: async (_repo, _issue, _marker, body) => {
        if (!body.startsWith("Done for")) return { url: "" };
        attempts += 1;
        if (attempts === 1) throw down();
        return { url: "" };
      },
    },
  });

  await expect(run.attempt(0)).rejects.toMatchObject({ code: "forge_unavailable" });
  expect(await run.status()).toBe("running");
  await run.attempt(1);

  expect(await run.status()).toBe("succeeded");
  expect(attempts).toBe(2);
  expect(run.pulls).toHaveLength(1);
  expect(run.model.requests).toHaveLength(2);
});

test("a failure that was found for good is not looked into again because it could not be told", async () => {
  let asked = 0;
  let told = 0;
  const run = await aRun({
    forge: {
      permission: () => {
        asked += 1;
        return Promise.reject(new NightshiftError("forge_refused", "The App lacks everything."));
      },
      ensureComment: async () => {
        told += 1;
        if (told === 1) throw down();
        return { url: "" };
      },
    },
  });
  await expect(run.attempt(0)).rejects.toMatchObject({ code: "forge_unavailable" });
  await run.attempt(1);
  expect({ asked, told, status: await run.status() }).toEqual({ asked: 1, told: 2, status: "failed" });
});

test("what a model was asked is recorded once for all turns, without the secrets that we hold", async () => {
  const secret = "a-secret-of-ours";
  const run = await aRun({ repository: { test: `npm test # ${secret}` }, parts: { redact: redactor([secret]) } });
  await run.attempt(0);

  expect(run.model.requests[0]?.system).toContain(secret);
  const { conversations } = await readRecording(store.db, run.runId.slice(0, 13));
  const turns = conversations[0]?.turns ?? [];
  expect(turns.map(({ asked: { level, shortened } }) => ({ level, shortened }))).toEqual(
    turns.map(() => ({ level: 0, shortened: [] })),
  );
  expect(new Set(turns.map(({ asked }) => asked.head)).size).toBe(1);
  const head = turns[0]?.head;
  expect(head).toMatchObject({
    models: ["played/one"],
    maxOutputTokens: 16_000,
    prompts: {
      system: [{ name: "coder", hash: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      opening: [{ name: "ticket" }],
    },
  });
  expect(head?.tools).toEqual(run.model.requests[0]?.tools);
  expect(head?.system).toBe(run.model.requests[0]?.system.replaceAll(secret, "[redacted]"));
  expect(JSON.stringify(head)).not.toContain(secret);
});

test("on the last attempt a run ends although nobody can be told, and its ticket can be asked for again", async () => {
  const run = await aRun({
    forge: { ensureComment: () => Promise.reject(down()), permission: () => Promise.reject(down()) },
  });
  await run.attempt(30, { lastAttempt: true });

  expect(await run.status()).toBe("failed");
  expect(run.warnings()).toContain("The end of the run could not be told on the issue: The forge is down.");
  const again = await accept(store.db, aDelivery(`again-${issue}`), anIntent({ issue }), async () => undefined);
  expect(again).toMatchObject({ status: "queued", ticketId: run.ticketId });
});

test("a run whose attempts are used up ends failed and says so on the issue", async () => {
  const run = await aRun({});
  await abandonRun(run.runId, run.factory);
  expect(await run.status()).toBe("failed");
  expect(run.comment()).toContain("Its worker died several times in a row.");
});

test("trouble that may pass is thrown for the queue, trouble that stays ends the run", async () => {
  const passing = await aRun({ forge: { permission: () => Promise.reject(down()) } });
  await expect(passing.attempt(0)).rejects.toMatchObject({ code: "forge_unavailable" });
  expect(await passing.status()).toBe("running");

  const refused = new NightshiftError("forge_refused", "The App lacks everything.");
  const lasting = await aRun({ forge: { permission: () => Promise.reject(refused) } });
  await lasting.attempt(0);
  expect(await lasting.status()).toBe("failed");
  expect(lasting.comment()).toContain("The App lacks everything.");
});

test("what nobody expected gets three attempts", async () => {
  const run = await aRun({ forge: { permission: () => Promise.reject(new Error("Connection terminated")) } });
  for (const attempt of [0, 1]) await expect(run.attempt(attempt)).rejects.toThrow("Connection terminated");
  expect(await run.status()).toBe("running");
  await run.attempt(2);
  expect(await run.status()).toBe("failed");
});

test("old sandboxes that cannot be removed are no reason to end a new run", async () => {
  const unswept = { ...sandboxes, sweep: () => Promise.reject(new Error("device or resource busy")) };
  const run = await aRun({ parts: { sandboxes: unswept } });
  await run.attempt(0);
  expect(await run.status()).toBe("succeeded");
  expect(run.warnings()).toEqual(["Old sandboxes could not be removed: device or resource busy"]);
});

test("a repository inside the repository is left out, and the rest is published", async () => {
  const nested = bash("mkdir 'fix ture' && git -C 'fix ture' init -q && echo x > 'fix ture/x' && echo fixed > a.txt");
  const run = await aRun({ replies: [nested, submit] });
  await run.attempt(0);
  expect(await run.status()).toBe("succeeded");
  expect(run.warnings()).toEqual([
    "Not part of the change, as a repository of its own, a file of Git LFS, or for its size: fix ture",
  ]);
});

test("a file too large to leave the sandbox is left out, and the rest is published", async () => {
  const core = bash("head -c 120000000 /dev/urandom > core.1 && echo fixed > a.txt");
  const run = await aRun({ replies: [core, submit] });
  await run.attempt(0);
  expect(await run.status()).toBe("succeeded");
  expect(run.warnings()).toEqual([
    "Not part of the change, as a repository of its own, a file of Git LFS, or for its size: core.1",
  ]);
});

test("a change that rewrites the test command stays a draft and says which file to look at", async () => {
  const cheat = bash(`printf '{"scripts":{"test":"exit 0"}}' > package.json`);
  const run = await aRun({ replies: [cheat, submit] });
  await run.attempt(0);
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.pulls[0]?.body).toContain("> The change alters `package.json`, which says how the tests are run");
});

test("a conversation that grew too long ends with what was done so far, as a draft", async () => {
  const replies = [fix];
  const played = playedModel(replies, free);
  const model = {
    ...played,
    complete: async (...args: Parameters<typeof played.complete>) => {
      if (played.requests.length === 1) throw new NightshiftError("context_overflow", "The conversation is too long.");
      return await played.complete(...args);
    },
  };
  const run = await aRun({ parts: { model } });
  await run.attempt(0);
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls[0]?.body).toContain("> The work is unfinished, The conversation is too long.\n");
});

test("a run goes on where it stood, also where set-up leaves files that are not ignored", async () => {
  let asked = 0;
  const played = playedModel([fix, submit], free);
  const model = {
    ...played,
    complete: async (...args: Parameters<typeof played.complete>) => {
      asked += 1;
      if (asked === 2) throw new NightshiftError("model_unavailable", "Overloaded.", { retryable: true });
      return await played.complete(...args);
    },
  };
  const run = await aRun({
    parts: { model },
    repository: { setup: "date +%N > build.txt; echo more >> a.txt", test: "npm test" },
  });
  await expect(run.attempt(0)).rejects.toMatchObject({ code: "model_unavailable" });
  await run.attempt(1);

  expect(await run.status()).toBe("succeeded");
  expect(played.requests).toHaveLength(2);
  expect((await getTicket(store.db, run.ticketId)).state).toBe("ready");
  expect(await store.db.selectFrom("artifacts").select("hash").where("kind", "=", "checkpoint").execute()).toEqual([]);
});
