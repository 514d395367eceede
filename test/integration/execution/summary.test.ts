import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { submit } from "../../../src/agent/tools/submit.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import { jsonBytes, type Model, type ModelRequest } from "../../../src/domain/model.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { openJournal } from "../../../src/execution/coding/durable-journal.ts";
import { runRecordOf } from "../../../src/execution/record/run-record.ts";
import { routeOf } from "../../../src/models/route.ts";
import { accept } from "../../../src/store/accept.ts";
import { openPurse } from "../../../src/store/ledger.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { takeRun } from "../../../src/store/runs.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store[Symbol.asyncDispose]());

const step = "code";
const { budget } = operatorSettings.parse({ budget: { ticket_usd: 1_000, repo_day_usd: 1_000, day_usd: 1_000 } });
const look = defineTool({
  name: "look",
  description: "Looks.",
  parameters: z.strictObject({ n: z.number(), why: z.string() }),
  readOnly: true,
  run: async ({ n }) => ({ text: `Part ${n}.` }),
});
const notes = { goal: "Round", done: [], open: ["Test it"], state: [], tests: [], decisions: [] };
const asksForNotes = (request: ModelRequest) => JSON.stringify(request.messages.at(-1)).includes("Call no tool now.");

test("a run that is taken up between a summary and its next turn goes on with the summary, which is paid once", async () => {
  const accepted = await accept(store.db, aDelivery("summary"), anIntent(), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId } = accepted;
  const requests: ModelRequest[] = [];
  const events: RunEvent[] = [];
  let crashes = true;

  /** One worker's share of the work. */
  const work = async () => {
    const lease = { runId, lease: (await takeRun(store.db, runId))?.lease ?? 0 };
    const prompt = (text: string) => ({ text, sources: [] });
    const beginning = { step, system: prompt("You look."), opening: prompt("Look."), models: ["played/small"] };
    const parts = { db: store.db, redact: redactor([]) };
    const { journal, opening } = await openJournal(parts, lease, beginning, async () => undefined);
    const model: Model = {
      name: "played/small",
      price: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0 },
      contextTokens: 12_000,
      complete: async (request) => {
        const n = journal.recorded.length + requests.filter((it) => !asksForNotes(it)).length + 1;
        if (crashes && requests.some(asksForNotes)) throw new Error("The worker is gone.");
        requests.push(structuredClone(request));
        const usage = { input: Math.ceil(jsonBytes(request.messages) / 4), output: 50, cacheRead: 0, cacheWrite: 0 };
        if (asksForNotes(request)) return { ...saying(JSON.stringify(notes)), usage };
        if (n > 60) return { ...calling(aCall("submit", { title: "x", what: "y", why: "z" })), usage };
        return { ...calling(aCall("look", { n, why: "It may be here. ".repeat(60) }, `call-${n}`)), usage };
      },
    };
    const purse = openPurse(store.db, lease, { step, budget, now: () => new Date() });
    await using sandbox = await processSandbox();
    return await runAgent({
      route: routeOf({ models: [model], purse }),
      system: beginning.system.text,
      opening,
      tools: [look, submit],
      sandbox,
      budget: { turns: 100, timeMs: 60_000 },
      maxOutputTokens: 2_000,
      journal,
      tell: async (event) => void events.push(event),
      signal: new AbortController().signal,
      clock: () => 0,
    });
  };

  await expect(work()).rejects.toThrow("The worker is gone.");
  expect(requests.filter(asksForNotes)).toHaveLength(1);
  const turnsBefore = requests.length - 1;
  requests.length = 0;
  crashes = false;
  const end = await work();

  expect(end).toMatchObject({ status: "submitted", turns: 61 });
  const [next] = requests;
  expect(asksForNotes(next ?? expect.unreachable())).toBe(false);
  expect(next?.messages[0]).toMatchObject({ text: expect.stringMatching(/^Look\.\n\nTurns 1 to \d+ .*Goal: Round/s) });
  expect(next?.messages.length).toBeLessThan(2 * turnsBefore);
  const told = events.filter(({ type }) => type === "summarized");
  expect(told.length).toBe(1 + requests.filter(asksForNotes).length);

  // All that was paid counts, but for the call that the crash cut off.
  const calls = await store.db.selectFrom("ledger").selectAll().where("runId", "=", runId).execute();
  const settled = calls.reduce((sum, { usage, settledUsd }) => (usage === null ? sum : sum + (settledUsd ?? 0)), 0);
  expect(end.costUsd).toBeCloseTo(settled, 10);
  expect(await runRecordOf(store.db, runId)).toMatchObject({ turns: 61 });
});
