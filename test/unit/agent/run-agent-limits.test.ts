import { describe, expect, test } from "vitest";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { type AgentRig, agentRigs, listing, submitting } from "../../support/agent-rig.ts";
import { aCall, calling } from "../../support/played-model.ts";

const { rig } = agentRigs();

describe("before the next call a limit stops", () => {
  test("the turns", async () => {
    const { work, model } = rig([listing, listing, listing], { budget: { turns: 2, timeMs: 60_000 } });
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "turns",
      reason: "the limit of 2 turns is reached",
      turns: 2,
      costUsd: 0.2,
    });
    expect(model.requests).toHaveLength(2);
  });

  test("the money, when the longest answer would not be covered", async () => {
    const { work, model } = rig([listing, listing, listing], { usd: 0.25 });
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "money",
      reason: "the budget of $0.25 does not cover another call ($0.2000 spent, up to $0.1000 for the next)",
      turns: 2,
      costUsd: 0.2,
    });
    expect(model.requests).toHaveLength(2);
  });

  test("the time", async () => {
    let now = 0;
    const { work, model } = rig([listing, listing, listing], {
      budget: { turns: 10, timeMs: 6_000 },
      // A turn looks at the clock four times: when it is paid, around its one tool, and at its end.
      clock: () => (now += 1_000),
    });
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "time",
      reason: "the time limit of 6 s is reached",
      turns: 2,
      costUsd: 0.2,
    });
    expect(model.requests).toHaveLength(2);
  });

  test("a turn that cannot be afforded at all", async () => {
    const { work, model } = rig([], { usd: 0.09 });
    expect(await runAgent(work)).toMatchObject({ status: "stopped", turns: 0, costUsd: 0 });
    expect(model.requests).toEqual([]);
  });
});

describe("an agent that gets no further", () => {
  const missing = (id: string) => calling(aCall("bash", { command: "cat missing.txt" }, id));
  const stubborn = [1, 2, 3, 4].map((n) => missing(`call-${n}`));

  test("reads at the end of the result what is seen and what to do, and goes on when that helps", async () => {
    const { work, journal, told } = rig([...stubborn.slice(0, 3), listing, submitting]);
    expect(await runAgent(work)).toMatchObject({ status: "submitted", turns: 5 });
    const nudged = journal.turns[2]?.results;
    const said = nudged?.role === "tool" ? (nudged.results[0]?.text ?? "") : "";
    expect(said).toMatch(/^cat: missing\.txt: .*\n\[exit code 1\]\n\nNote from Nightshift: you have called /);
    expect(said).toContain("`bash` with `cat missing.txt` 3 times in a row, each time with the same result.");
    expect(told.filter(({ type }) => type === "noted")).toEqual([
      { type: "noted", n: 3, about: "repeating", text: said.slice(said.indexOf("Note from")) },
    ]);
  });

  test("is stopped when that does not help", async () => {
    const { work } = rig(stubborn);
    expect(await runAgent(work)).toMatchObject({
      ...{ status: "stopped", cause: "repeating", turns: 4 },
      reason: "`bash` with `cat missing.txt` failed in the same way 4 times in a row",
    });
  });

  test("ends as it would have ended without a crash, wherever that came", async () => {
    const whole = rig(stubborn);
    const end = await runAgent(whole.work);
    for (let turns = 0; turns <= stubborn.length; turns += 1) {
      const again = rig(stubborn.slice(turns), { recorded: whole.journal.turns.slice(0, turns) });
      expect(await runAgent(again.work)).toEqual(end);
      expect(again.journal.turns).toEqual(whole.journal.turns);
    }
  });
});

describe("an agent hears once, while it can still hand in,", () => {
  /** In which turns it was told of which limit. */
  const notesOf = ({ told }: AgentRig) =>
    told.flatMap((event) => (event.type === "noted" ? [`${event.about} in ${event.n}`] : []));
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) => calling(aCall("bash", { command: `echo ${n}` })));

  test("that its turns end, at the end of the last result", async () => {
    const short = rig([...lines(9), submitting]);
    expect(await runAgent(short.work)).toMatchObject({ status: "submitted", turns: 10 });
    expect(notesOf(short)).toEqual(["turns in 8"]);
    const { results } = short.journal.turns[7] ?? {};
    expect(results?.role === "tool" && results.results[0]?.text).toMatch(
      /^7\n\[exit code 0\]\n\nNote from Nightshift: your work here ends soon: 2 of 10 turns are left\. .* hand in with `submit`/,
    );
    const first = rig([...lines(1), submitting]);
    await runAgent(first.work);
    expect(notesOf(first)).toEqual([]);
  });

  test("that its time ends", async () => {
    let now = 0;
    // What prints is looked at by the clock as well.
    const quiet = [1, 2, 3].map((n) => calling(aCall("bash", { command: `: ${n}` })));
    const late = rig([...quiet, submitting], {
      budget: { turns: 100, timeMs: 15_000 },
      clock: () => (now += 1_000),
    });
    await runAgent(late.work);
    expect(notesOf(late)).toEqual(["time in 3"]);
  });

  test("that its money ends", async () => {
    const poor = rig([...lines(5), submitting], { usd: 1, budget: { turns: 100, timeMs: 60_000 } });
    await runAgent(poor.work);
    // A call may cost 0.1 USD and does: after the sixth only three more are covered.
    expect(notesOf(poor)).toEqual([]);
    const poorer = rig([...lines(7), submitting], { usd: 1, budget: { turns: 100, timeMs: 60_000 } });
    await runAgent(poorer.work);
    expect(notesOf(poorer)).toEqual(["money in 6"]);
  });

  test("and not again when it is taken up", async () => {
    const whole = rig([...lines(9), submitting]);
    await runAgent(whole.work);
    const again = rig([...lines(9).slice(8), submitting], { recorded: whole.journal.turns.slice(0, 8) });
    await runAgent(again.work);
    expect(notesOf(again)).toEqual([]);
    expect(again.journal.turns).toEqual(whole.journal.turns);
  });
});
