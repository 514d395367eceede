import { sql } from "kysely";
import { z } from "zod";
import { runAgent } from "../../src/agent/run-agent.ts";
import { defineTool } from "../../src/agent/tools/define-tool.ts";
import { openDatabase } from "../../src/compose/database.ts";
import type { Model } from "../../src/domain/model.ts";
import { redactor } from "../../src/domain/redact.ts";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { openJournal } from "../../src/execution/coding/durable-journal.ts";
import { routeOf } from "../../src/models/route.ts";
import { accept } from "../../src/store/accept.ts";
import { appendRunEvent } from "../../src/store/events.ts";
import { openPurse } from "../../src/store/ledger.ts";
import { takeRun } from "../../src/store/runs.ts";
import type { Db } from "../../src/store/schema.ts";
import { toJsonb } from "../../src/store/to-jsonb.ts";
import type { Bench } from "./bench.ts";
import { configurationOf, temporaryFolder, throwawayApp } from "./factory-floor.ts";
import { installLangGraph, type LangGraph } from "./langgraph.ts";
import { inTurns, median, type Sample } from "./measure.ts";
import { opening, replyOf, resultsOf, toolName, toolTextOf, transcriptBytes, turns } from "./scripted-turns.ts";

const enough = 1_000_000;
const { budget } = operatorSettings.parse({
  budget: { ticket_usd: enough, repo_day_usd: enough, day_usd: enough },
});
const system = "You do nothing.";

const units = {
  turns_1_to_10: "ms",
  turns_191_to_200: "ms",
  growth: "×",
  per_turn_of_50: "ms",
  per_turn_of_100: "ms",
  per_turn_of_200: "ms",
  written_per_byte_50: "bytes of WAL",
  written_per_byte_100: "bytes of WAL",
  written_per_byte_200: "bytes of WAL",
};

/**
 * Our own time per turn: a model that answers at once, a tool that does nothing, the real journal and the real events.
 * Beside it one committed row per turn with the same messages, which is the least that a durable turn can cost; and LangGraph with its
 * Postgres checkpointer, where it can be installed.
 */
export const turn: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const { db, url } = parts.use(await openDatabase(configurationOf({ app: throwawayApp(), dataDir: folder.path })));
  await sql`create table bench_turns (n integer not null, messages jsonb not null)`.execute(db);
  const langgraph = parts.use((await installLangGraph(url, context)) ?? null);
  let issue = 0;
  return await inTurns(
    {
      units,
      rounds: 5,
      ours: async () => {
        issue += 1;
        return await sampleOf(db, (begin) => converse(db, issue, begin, context.signal));
      },
      peers: {
        one_insert: () => sampleOf(db, (begin) => insertOnly(db, begin)),
        ...(langgraph && { langgraph: () => sessionsOf(db, langgraph) }),
      },
    },
    context,
  );
};

/** Times the turns by when each begins; there has to be one beginning more than turns. */
async function sampleOf(db: Db, run: (begin: () => Promise<void>) => Promise<void>): Promise<Sample> {
  const starts: number[] = [];
  const before = await walBytes(db);
  const written = new Map<number, number>();
  await run(async () => {
    starts.push(performance.now());
    const done = starts.length - 1;
    if ([50, 100, turns].includes(done)) written.set(done, (await walBytes(db)) - before);
  });
  const times = starts.slice(1).map((start, at) => start - (starts[at] ?? start));
  const around = (first: number, last: number) => median(times.slice(first - 1, last));
  const perTurn = (count: number) => ((starts[count] ?? Number.NaN) - (starts[0] ?? Number.NaN)) / count;
  const perByte = (count: number) => (written.get(count) ?? Number.NaN) / transcriptBytes(count);
  return {
    turns_1_to_10: around(1, 10),
    turns_191_to_200: around(191, 200),
    growth: around(191, 200) / around(1, 10),
    per_turn_of_50: perTurn(50),
    per_turn_of_100: perTurn(100),
    per_turn_of_200: perTurn(200),
    written_per_byte_50: perByte(50),
    written_per_byte_100: perByte(100),
    written_per_byte_200: perByte(200),
  };
}

/** A session for each length, since only its end tells when its turns were recorded. */
async function sessionsOf(db: Db, { converse }: LangGraph): Promise<Sample> {
  const sample: Record<string, number> = {};
  for (const count of [50, 100, turns]) {
    const [before, started] = [await walBytes(db), performance.now()];
    await converse(count);
    sample[`per_turn_of_${count}`] = (performance.now() - started) / count;
    sample[`written_per_byte_${count}`] = ((await walBytes(db)) - before) / transcriptBytes(count);
  }
  return sample;
}

async function converse(db: Db, issue: number, begin: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const requestedBy = { login: "ada", id: 1 };
  const accepted = await accept(
    db,
    { id: `delivery-${issue}`, event: "issues", action: "labeled" },
    {
      type: "implement_issue",
      repo: { owner: "acme", name: "shop", installationId: 1 },
      issue,
      title: "A bench",
      body: "",
      ticketType: "chore",
      priority: "low",
      requestedBy,
    },
    async () => undefined,
  );
  if (accepted.status !== "queued") throw new Error(`The delivery was ${accepted.status}.`);
  const run = await takeRun(db, accepted.runId);
  if (run === undefined) throw new Error("The run cannot be taken.");

  const lease = { runId: run.id, lease: run.lease };
  const { journal } = await openJournal(
    { db, redact: redactor([]) },
    lease,
    {
      step: "code",
      system: { text: system, sources: [] },
      opening: { text: opening, sources: [] },
      models: ["bench/at-once"],
    },
    async () => undefined,
  );
  let n = 0;
  const model: Model = {
    name: "bench/at-once",
    price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    complete: async () => {
      await begin();
      n += 1;
      return replyOf(n);
    },
  };
  const end = await runAgent({
    route: routeOf({ models: [model], purse: openPurse(db, lease, { step: "code", budget, now: () => new Date() }) }),
    system,
    opening: { role: "user", text: opening },
    tools: [doNothing],
    sandbox: noSandbox,
    budget: { turns: turns + 1, timeMs: 600_000 },
    maxOutputTokens: 16_000,
    journal,
    tell: (event) => appendRunEvent(db, lease, event),
    signal,
    clock: () => performance.now(),
  });
  if (end.turns !== turns + 1) throw new Error(`The agent stopped after ${end.turns} turns.`);
}

async function insertOnly(db: Db, begin: () => Promise<void>): Promise<void> {
  for (let n = 1; n <= turns; n += 1) {
    await begin();
    const messages = toJsonb([replyOf(n), resultsOf(n)]);
    await sql`insert into bench_turns (n, messages) values (${n}, ${messages})`.execute(db);
  }
  await begin();
}

const doNothing = defineTool({
  name: toolName,
  description: "Looks.",
  parameters: z.strictObject({ path: z.string() }),
  readOnly: true,
  run: async ({ path }) => ({ text: toolTextOf(path) }),
});

/** Never reached: the tool touches nothing. */
const noSandbox: Sandbox = {
  id: "none",
  provider: "process",
  workspace: "/none",
  mirror: "/none",
  scratch: "/none",
  run: () => Promise.reject(new Error("no sandbox")),
  openShell: () => Promise.reject(new Error("no sandbox")),
  readFile: () => Promise.reject(new Error("no sandbox")),
  writeFile: () => Promise.reject(new Error("no sandbox")),
  [Symbol.asyncDispose]: async () => undefined,
};

async function walBytes(db: Db): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes`.execute(
    db,
  );
  return rows[0]?.bytes ?? Number.NaN;
}
