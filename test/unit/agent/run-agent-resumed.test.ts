import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { RecordedTurn } from "../../../src/agent/journal.ts";
import { runAgent } from "../../../src/agent/run-agent.ts";
import {
  agentRigs,
  answers,
  change,
  listing,
  nudge,
  nudgedAgain,
  opening,
  submitting,
} from "../../support/agent-rig.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const { rig, inWorkspace } = agentRigs();

describe("a conversation that is taken up again", () => {
  const listed = answers({ name: "bash", text: "a.txt\n[exit code 0]" });
  const done: RecordedTurn = { n: 1, reply: listing, results: listed, costUsd: 0.1 };
  const interrupted =
    "Interrupted before it finished; the workspace is as it was after the turn before. Look before you do it again.";

  test("goes on after its last turn and does not pay for the others again", async () => {
    const { work, model, journal } = rig([submitting], { recorded: [done] });
    expect(await runAgent(work)).toEqual({ status: "submitted", submission: change, turns: 2, costUsd: 0.2 });
    expect(model.requests.map(({ messages }) => messages)).toEqual([[opening, listing, listed]]);
    expect(journal.turns.map(({ n }) => n)).toEqual([1, 2]);
  });

  test("answers the calls that were interrupted, and does not run them again", async () => {
    const both = calling(aCall("bash", { command: "touch twice" }), aCall("search", { pattern: "x" }));
    const { work, model, journal } = rig([submitting], {
      recorded: [done, { n: 2, reply: both, results: undefined, costUsd: 0.1 }],
    });
    const end = await runAgent(work);
    const told = answers(
      { name: "bash", text: interrupted, isError: true },
      { name: "search", text: interrupted, isError: true },
    );
    expect(end).toEqual({ status: "submitted", submission: change, turns: 3, costUsd: expect.closeTo(0.3) });
    expect(model.requests.map(({ messages }) => messages)).toEqual([[opening, listing, listed, both, told]]);
    expect(journal.turns[1]).toEqual({ n: 2, reply: both, results: told, costUsd: 0.1 });
    await expect(readFile(inWorkspace("twice"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("nudges a model whose idle answer was the last", async () => {
    const idle: RecordedTurn = { n: 1, reply: saying("Well."), results: undefined, costUsd: 0.1 };
    const { work, model } = rig([submitting], { recorded: [idle] });
    await runAgent(work);
    expect(model.requests.map(({ messages }) => messages)).toEqual([[opening, saying("Well."), nudge]]);
  });

  test("takes up a submission that was recorded just before, without another call", async () => {
    const handedIn: RecordedTurn = {
      n: 2,
      reply: submitting,
      results: answers({ name: "submit", text: "Submitted." }),
      costUsd: 0.1,
    };
    const { work, model } = rig([], { recorded: [done, handedIn] });
    expect(await runAgent(work)).toEqual({ status: "submitted", submission: change, turns: 2, costUsd: 0.2 });
    expect(model.requests).toEqual([]);
  });

  test("does not take up a submission that was refused", async () => {
    const refused: RecordedTurn = {
      n: 1,
      reply: calling(aCall("submit", { title: "" })),
      results: answers({ name: "submit", text: "The arguments of submit are wrong", isError: true }),
      costUsd: 0.1,
    };
    const { work, model } = rig([submitting], { recorded: [refused] });
    expect(await runAgent(work)).toMatchObject({ status: "submitted", submission: change, turns: 2 });
    expect(model.requests).toHaveLength(1);
  });

  test("does not take up a submission that was interrupted", async () => {
    const cut: RecordedTurn = {
      n: 1,
      reply: submitting,
      results: answers({ name: "submit", text: interrupted, isError: true }),
      costUsd: 0.1,
    };
    const { work, model } = rig([submitting], { recorded: [cut] });
    expect(await runAgent(work)).toMatchObject({ status: "submitted", turns: 2 });
    expect(model.requests).toHaveLength(1);
  });

  test("counts what was spent before against its limits", async () => {
    const { work } = rig([], { recorded: [done], budget: { turns: 1, timeMs: 60_000 } });
    expect(await runAgent(work)).toMatchObject({ status: "stopped", reason: "the limit of 1 turns is reached" });
    const poor = rig([], { recorded: [done], usd: 0.15 });
    expect(await runAgent(poor.work)).toMatchObject({ status: "stopped", turns: 1, costUsd: 0.1 });
  });

  test("stays stopped when the model had declined", async () => {
    const declined = saying("I cannot help with that.", "refusal");
    const { work, model } = rig([], { recorded: [{ n: 1, reply: declined, results: undefined, costUsd: 0.1 }] });
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "declined",
      reason: "the model declined: I cannot help with that.",
      turns: 1,
      costUsd: 0.1,
    });
    expect(model.requests).toEqual([]);
  });

  test("remembers how long the model has been idle", async () => {
    const idle = [nudge, nudgedAgain, nudge].map((results, at) => ({
      ...{ n: at + 1, reply: saying("Well."), results, costUsd: 0.1 },
    }));
    const { work, model } = rig([], { recorded: idle });
    expect(await runAgent(work)).toMatchObject({ status: "stopped", turns: 3 });
    expect(model.requests).toEqual([]);
  });

  test("ends as it would have ended without the crash, wherever it came", async () => {
    const replies = [
      calling(aCall("write_file", { path: "a.txt", content: "one\n" })),
      saying("Let me see."),
      calling(aCall("read_file", { path: "a.txt" })),
      submitting,
    ];
    const whole = rig(replies);
    const end = await runAgent(whole.work);
    for (let turns = 0; turns <= replies.length; turns += 1) {
      const again = rig(replies.slice(turns), { recorded: whole.journal.turns.slice(0, turns) });
      expect(await runAgent(again.work)).toEqual(end);
      expect(again.journal.turns).toEqual(whole.journal.turns);
    }
  });
});
