import { expect, test } from "vitest";
import type { RecordedTurn } from "../../../src/agent/journal.ts";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { routeOf } from "../../../src/models/route.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { pocket } from "../../support/pocket.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const minute = 60_000;
const listing = (n: number) => calling(aCall("bash", { command: `: ${n}` }));
const submitting = calling(aCall("submit", { title: "T", what: "W.", why: "Y." }));

/** An agent with 60 minutes whose model takes ten for an answer, and which has this behind it. */
async function aSlowAgent(recorded: readonly RecordedTurn[]) {
  await using sandbox = await processSandbox();
  const model = playedModel([listing(1), listing(2), listing(3), submitting].slice(recorded.length));
  const journal = memoryJournal(recorded);
  // A worker's clock begins anew, wherever the one before stood.
  let now = 7;
  const route = routeOf({ models: [model], purse: pocket(10, 0) });
  const end = await runAgent({
    route: {
      ...route,
      async complete(...of) {
        now += 10 * minute;
        return await route.complete(...of);
      },
    },
    system: "You are the coder.",
    opening: { role: "user", text: "Solve this ticket." },
    ...{ tools: coderTools, sandbox, journal, maxOutputTokens: 100 },
    budget: { turns: 10, timeMs: 60 * minute },
    tell: async () => undefined,
    signal: new AbortController().signal,
    clock: () => now,
  });
  return { end, turns: journal.turns };
}

test("a turn is recorded with the time that was worked until it was answered", async () => {
  const { turns } = await aSlowAgent([]);
  expect(turns.map(({ timeMs }) => timeMs)).toEqual([10, 20, 30, 40].map((n) => n * minute));
});

test("work that is taken up has the time that was left, and no more", async () => {
  const { turns } = await aSlowAgent([]);
  const goesOn = await aSlowAgent(turns.slice(0, 2));
  expect(goesOn.end).toMatchObject({ status: "submitted", turns: 4 });
  expect(goesOn.turns.map(({ timeMs }) => timeMs)).toEqual([10, 20, 30, 40].map((n) => n * minute));

  const late = turns.slice(0, 2).map((turn, n) => ({ ...turn, timeMs: (45 + 5 * n) * minute }));
  expect((await aSlowAgent(late)).end).toMatchObject({ status: "stopped", cause: "time", turns: 3 });
  const over = turns.slice(0, 2).map((turn) => ({ ...turn, timeMs: 60 * minute }));
  expect((await aSlowAgent(over)).end).toMatchObject({ status: "stopped", cause: "time", turns: 2 });
});

test("what an older version has recorded says nothing of time", async () => {
  const { turns } = await aSlowAgent([]);
  const older = turns.slice(0, 2).map(({ timeMs: _, ...turn }) => turn);
  expect((await aSlowAgent(older)).turns.map(({ timeMs }) => timeMs)).toEqual([
    undefined,
    undefined,
    600_000,
    1_200_000,
  ]);
});
