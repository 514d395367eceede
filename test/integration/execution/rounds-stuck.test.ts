import { expect, test } from "vitest";
import { timelineLine } from "../../../src/cli/timeline.ts";
import { obeyCommand } from "../../../src/execution/commands/obey-command.ts";
import { accept } from "../../../src/store/accept.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { firstWords, hybridRuns, large, look, small, submit, write, wrong } from "../../support/hybrid-runs.ts";
import { aCall, calling } from "../../support/played-model.ts";

const { store, replayed, aHybrid } = hybridRuns();

test("a model that is stuck hands over the workspace as it is, with what it came to", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const second = large(look, submit("Done"));
  const run = await aHybrid([small(write("half"), failing, failing, failing, failing), second]);
  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toEqual([
    {
      ...{ type: "escalated", round: 2, from: "local/small", to: "claude/large", why: "stuck" },
      reason: "`bash` with `cat missing.txt` failed in the same way 4 times in a row",
    },
  ]);
  const seen = second.requests[1]?.messages.at(-1);
  expect(seen?.role === "tool" && seen.results[0]?.text).toContain(" M a.txt\nhalf\n");
});

test("a model that repeats itself is told so, and nothing else happens when that helps", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const model = small(failing, failing, failing, write("right"), submit("Done"));
  const run = await aHybrid([model, large()]);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toEqual([]);
  const [noted, ...more] = run.told("noted");
  expect([noted, more]).toMatchObject([{ n: 3, about: "repeating" }, []]);
  const read = model.requests[3]?.messages.at(-1);
  expect(read?.role === "tool" && read.results[0]?.text.split("\n\n").at(-1)).toBe(noted?.text);
  // The same again, wherever it is looked at.
  expect(timelineLine(noted ?? expect.unreachable())).toMatch(
    /^ {2}! repeating {2}you have called `bash` with `cat missing\.txt` 3 times in a row/,
  );
  expect(await replayed(run.runId)).toMatchObject([{ step: "triage", differences: [] }, { differences: [] }]);
});

test("when no model gets further, a person reads what each of them tried and how it ended", async () => {
  const failing = calling(aCall("bash", { command: "cat missing.txt" }));
  const [there, back] = [write("one"), write("two")];
  const circle = [there, back, there, back, there, back, there, back];
  const run = await aHybrid([small(...Array.from({ length: 4 }, () => failing)), large(...circle)]);
  await run.attempt();

  expect(await run.status()).toBe("needs_human");
  expect(run.told("noted").map(({ n, about }) => `${about} in ${n}`)).toEqual(["repeating in 3", "alternating in 6"]);
  expect(run.told("escalated")).toMatchObject([{ why: "stuck", to: "claude/large" }]);
  expect(run.pulls).toEqual([expect.objectContaining({ draft: true })]);
  expect(run.comment()).toContain(
    [
      "What was tried:",
      "",
      "1. `local/small`, 4 turns, $0.4000: stopped before anything was changed: `bash` with `cat missing.txt` failed in the same way 4 times in a row.",
      "2. `claude/large`, 8 turns, $0.8000: it was stopped, with its change kept: it went round in circles: `bash` with `echo one > a.txt`, `bash` with `echo two > a.txt`, 4 times with the same results. The tests pass.",
    ].join("\n"),
  );
  expect(await replayed(run.runId)).toMatchObject([{ step: "triage" }, { differences: [] }, { differences: [] }]);
});

test("a model whose calls cannot be read hands over", async () => {
  const broken = calling(aCall("bash", '{"command": "ec'));
  const run = await aHybrid([small(broken, broken, broken), large(write("right"), submit("Done"))]);
  await run.attempt();
  expect(await run.status()).toBe("succeeded");
  expect(run.told("escalated")).toMatchObject([{ why: "invalid", to: "claude/large" }]);
});

test("a model that reaches its part of the turns hands over, and the limit holds over the whole run", async () => {
  const second = large(look, look, look);
  const run = await aHybrid([small(look, look, look), second], { settings: { budget: { ticket_usd: 100, turns: 5 } } });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.told("escalated")).toMatchObject([
    { why: "turns", reason: expect.stringContaining("the limit of 3 turns") },
  ]);
  expect(second.requests).toHaveLength(2);
  expect(firstWords(second)).toContain("It holds no change yet.");
});

test("the budget holds over the whole run", async () => {
  // A triage answer and two turns are paid; the longest answer of the next turn, 16 USD, is not covered any more.
  const run = await aHybrid([small(...wrong("One")), large(look)], { settings: { budget: { ticket_usd: 16.25 } } });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.pulls[0]?.body).toContain("the ticket's budget of $16.25 does not cover another call ($0.3000 spent");
});

test("a budget that is raised while what the old one stopped is being closed is gone on with", async () => {
  const say = async () => {
    const { issue } = run;
    const command = { verb: "budget", usd: 40 } as const;
    const by = { login: "bob", id: 12 };
    const asked = { type: "command", repo: anIntent().repo, number: issue, comment: issue, command, by } as const;
    const accepted = await accept(store().db, aDelivery(`raise-${issue}`), asked, async () => undefined);
    if (accepted.status !== "command_queued") return expect.unreachable(accepted.status);
    await obeyCommand(accepted.commandId, run.factory, async () => expect.unreachable("a run is under way"));
  };
  const run = await aHybrid([small(...wrong("One")), large(look)], {
    settings: { budget: { ticket_usd: 16.25, minutes: 10.00001 } },
    forge: {
      ensurePullRequest: async ({ draft }) => {
        await say();
        return { number: 7, url: "https://forge.test/pull/7", draft };
      },
    },
  });
  await run.attempt();
  expect(await run.status()).toBe("needs_human");
  expect(run.queued).toEqual(["run"]);
  const runs = await store().db.selectFrom("runs").selectAll().orderBy("createdAt", "desc").limit(1).execute();
  expect(runs).toMatchObject([{ status: "queued", goesOn: true, requestedByLogin: "bob" }]);
});
