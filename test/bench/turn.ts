import { createHash } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import { runAgent } from "../../src/agent/run-agent.ts";
import { defineTool } from "../../src/agent/tools/define-tool.ts";
import { openDatabase } from "../../src/compose/database.ts";
import type { AssistantMessage } from "../../src/domain/message.ts";
import type { Model } from "../../src/domain/model.ts";

import { redactor } from "../../src/domain/redact.ts";

import type { Sandbox } from "../../src/domain/sandbox.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { openJournal } from "../../src/execution/durable-journal.ts";
import { routeOf } from "../../src/models/route.ts";
import { accept } from "../../src/store/accept.ts";
import { appendEvent } from "../../src/store/events.ts";
import { openPurse } from "../../src/store/ledger.ts";
import { takeRun } from "../../src/store/runs.ts";
import type { Db } from "../../src/store/schema.ts";
import { toJsonb } from "../../src/store/to-jsonb.ts";
import type { Bench } from "./bench.ts";
import { configurationOf, temporaryFolder, throwawayApp } from "./factory-floor.ts";
import { inTurns, median, type Sample } from "./measure.ts";

const turns = 200;
// About as long as a command's output often is (4 kB), and no easier to compress.
const toolText = Array.from({ length: 50 }, (_, line) => {
  const word = createHash("sha256").update(String(line)).digest("hex").slice(0, 24);
  return `  ✓ src/${word.slice(0, 8)}/${word.slice(8, 16)}.test.ts > keeps ${word.slice(16)} whole (${line * 7} ms)\n`;
}).join("");

const enough = 1_000_000;
const { budget } = operatorSettings.parse({
  budget: { ticket_usd: enough, repo_day_usd: enough, day_usd: enough },
});
const system = "You do nothing.";

const units = {
  turns_1_to_10: "ms",
  turns_41_to_50: "ms",
  turns_91_to_100: "ms",
  turns_191_to_200: "ms",
  growth: "×",
  written_per_byte: "bytes of WAL",
};

/**
 * Our own time per turn: a model that answers at once, a tool that does nothing, the real journal and the real events.
 * Beside it one committed row per turn with the same messages, which is the least that a durable turn can cost.
 */
export const turn: Bench = async (context) => {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const { db } = parts.use(await openDatabase(configurationOf({ app: throwawayApp(), dataDir: folder.path })));
  await sql`create table bench_turns (n integer not null, messages jsonb not null)`.execute(db);
  let issue = 0;
  return await inTurns(
    {
      units,
      rounds: 5,
      ours: async () => {
        issue += 1;
        return await sampleOf(db, (starts) => converse(db, issue, starts, context.signal));
      },
      peers: { one_insert: () => sampleOf(db, (starts) => insertOnly(db, starts)) },
    },
    context,
  );
};

/** Times the turns by when each begins; `starts` gets `turns` + 1 of them. */
async function sampleOf(db: Db, run: (starts: number[]) => Promise<void>): Promise<Sample> {
  const before = await walBytes(db);
  const starts: number[] = [];
  await run(starts);
  const written = (await walBytes(db)) - before;
  const times = starts.slice(1).map((start, at) => start - (starts[at] ?? start));
  const around = (first: number, last: number) => median(times.slice(first - 1, last));
  const transcript = Buffer.byteLength(JSON.stringify([replyOf(1), resultsOf(1)])) * turns;
  return {
    turns_1_to_10: around(1, 10),
    turns_41_to_50: around(41, 50),
    turns_91_to_100: around(91, 100),
    turns_191_to_200: around(191, 200),
    growth: around(191, 200) / around(1, 10),
    written_per_byte: written / transcript,
  };
}

async function converse(db: Db, issue: number, starts: number[], signal: AbortSignal): Promise<void> {
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

  const opening = { role: "user", text: "Do nothing, many times." } as const;
  const lease = { runId: run.id, lease: run.lease };
  const { journal } = await openJournal(
    { db, redact: redactor([]) },
    lease,
    {
      step: "code",
      system: { text: system, sources: [] },
      opening: { text: opening.text, sources: [] },
      models: ["bench/at-once"],
    },
    async () => undefined,
  );
  const model: Model = {
    name: "bench/at-once",
    price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    complete: async () => {
      starts.push(performance.now());
      return replyOf(starts.length);
    },
  };
  const end = await runAgent({
    route: routeOf({ models: [model], purse: openPurse(db, lease, { step: "code", budget, now: () => new Date() }) }),
    system,
    opening,
    tools: [doNothing],
    sandbox: noSandbox,
    budget: { turns: turns + 1, timeMs: 600_000 },
    maxOutputTokens: 16_000,
    journal,
    tell: (event) => appendEvent(db, accepted, event),
    signal,
    clock: () => performance.now(),
  });
  if (end.turns !== turns + 1) throw new Error(`The agent stopped after ${end.turns} turns.`);
}

async function insertOnly(db: Db, starts: number[]): Promise<void> {
  for (let n = 1; n <= turns; n += 1) {
    starts.push(performance.now());
    const messages = toJsonb([replyOf(n), resultsOf(n)]);
    await sql`insert into bench_turns (n, messages) values (${n}, ${messages})`.execute(db);
  }
  starts.push(performance.now());
}

const doNothing = defineTool({
  name: "look",
  description: "Looks.",
  parameters: z.strictObject({ path: z.string() }),
  readOnly: true,
  run: async () => ({ text: toolText }),
});

function replyOf(n: number): AssistantMessage {
  return {
    role: "assistant",
    content: [
      { type: "text", text: "Let me look at the next file before I change anything; the failure may come from there." },
      { type: "tool_call", id: `call-${n}`, name: doNothing.name, arguments: { path: `src/module-${n}.ts` } },
    ],
    stopReason: "tool_calls",
    usage: { input: 10, output: 60, cacheRead: 1_000 * n, cacheWrite: 1_000 },
    model: "bench/at-once",
  };
}

function resultsOf(n: number) {
  return { role: "tool", results: [{ callId: `call-${n}`, name: doNothing.name, text: toolText, isError: false }] };
}

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
  const { rows } = await sql<{ bytes: number }>`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`.execute(db);
  return rows[0]?.bytes ?? Number.NaN;
}
