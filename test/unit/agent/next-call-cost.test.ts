import { expect, test } from "vitest";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { worstCaseUsd } from "../../../src/domain/model.ts";
import { routeOf } from "../../../src/models/route.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { pocket } from "../../support/pocket.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

// A tenth of a cent for every byte that is sent.
const price = { input: 1000, output: 0, cacheRead: 0, cacheWrite: 0 };
const listing = calling(aCall("bash", { command: "echo grüße; ls" }));
const submitting = calling(aCall("submit", { title: "Round", what: "Rounding.", why: "Shares did not add up." }));

async function converse(usd: number) {
  await using sandbox = await processSandbox();
  const model = playedModel([listing, listing, listing, submitting], price);
  const end = await runAgent({
    route: routeOf({ models: [model], purse: pocket(usd) }),
    system: "You are the coder.",
    opening: { role: "user", text: "Solve this ticket." },
    tools: coderTools,
    sandbox,
    budget: { turns: 10, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal: memoryJournal(),
    tell: async () => undefined,
    signal: new AbortController().signal,
    clock: () => 0,
  });
  return { end, requests: model.requests };
}

test("the budget counts the conversation with all that it has grown by, byte for byte", async () => {
  const { end, requests } = await converse(100);
  const last = requests[3];
  if (last === undefined) return expect.unreachable("it was not asked four times");
  const spentBefore = (end.costUsd / 4) * 3;
  const needed = spentBefore + worstCaseUsd(last, price);

  expect((await converse(needed - 0.0005)).end).toMatchObject({ status: "stopped", turns: 3 });
  expect((await converse(needed + 0.005)).end).toMatchObject({ status: "submitted", turns: 4 });
});
