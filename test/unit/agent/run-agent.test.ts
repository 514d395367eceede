import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
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

const { rig, sandbox, inWorkspace } = agentRigs();

describe("an agent", () => {
  test("works with its tools until it submits, and every turn is recorded and told", async () => {
    const write = calling(aCall("write_file", { path: "a.txt", content: "one\n" }));
    const { work, model, journal, told } = rig([write, submitting]);

    expect(await runAgent(work)).toEqual({ status: "submitted", submission: change, turns: 2, costUsd: 0.2 });

    const wrote = answers({ name: "write_file", text: "Wrote a.txt (4 bytes)." });
    expect(await readFile(inWorkspace("a.txt"), "utf8")).toBe("one\n");
    expect(
      model.requests.map(({ system, messages, maxOutputTokens }) => ({ system, messages, maxOutputTokens })),
    ).toEqual([
      { system: "You are the coder.", messages: [opening], maxOutputTokens: 100 },
      { system: "You are the coder.", messages: [opening, write, wrote], maxOutputTokens: 100 },
    ]);
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(coderTools.map(({ name }) => name));
    expect(journal.turns).toEqual([
      { n: 1, reply: write, results: wrote, costUsd: 0.1 },
      { n: 2, reply: submitting, results: answers({ name: "submit", text: "Submitted." }), costUsd: 0.1 },
    ]);
    expect(journal.changed).toEqual([1]);
    const turn = { type: "turn_finished", usage: write.usage, costUsd: 0.1, text: "" };
    const tool = { type: "tool_finished", isError: false, durationMs: 0 };
    expect(told).toEqual([
      { ...turn, n: 1 },
      { ...tool, n: 1, tool: "write_file", summary: "a.txt" },
      { ...turn, n: 2 },
      { ...tool, n: 2, tool: "submit", summary: "Round half cents up" },
    ]);
  });

  test("gets the answers to several calls of one turn in the order of the calls", async () => {
    const both = calling(
      aCall("bash", { command: "echo one >a.txt" }),
      aCall("read_file", { path: "a.txt" }),
      aCall("search", { pattern: "two" }),
    );
    const { work, journal } = rig([both, submitting]);
    await runAgent(work);
    expect(journal.turns[0]?.results).toEqual(
      answers(
        { name: "bash", text: "[exit code 0]" },
        { name: "read_file", text: "    1  one" },
        { name: "search", text: "Nothing below . matches two." },
      ),
    );
  });

  test("may submit beside other calls, which are still run", async () => {
    const both = calling(aCall("submit", change), aCall("write_file", { path: "a.txt", content: "" }));
    const { work } = rig([both]);
    expect(await runAgent(work)).toMatchObject({ status: "submitted", turns: 1 });
    expect(await readFile(inWorkspace("a.txt"), "utf8")).toBe("");
  });

  test("goes on after a tool's failure and after a submission that does not fit", async () => {
    const wrong = calling(aCall("submit", { title: "" }));
    const { work, journal, told } = rig([calling(aCall("read_file", { path: "missing" })), wrong, submitting]);
    expect(await runAgent(work)).toMatchObject({ status: "submitted", submission: change, turns: 3 });
    expect(journal.turns.slice(0, 2).map(({ results }) => results)).toMatchObject([
      { results: [{ name: "read_file", isError: true }] },
      { results: [{ name: "submit", isError: true }] },
    ]);
    expect(
      told.filter(({ type }) => type === "tool_finished").map((event) => "isError" in event && event.isError),
    ).toEqual([true, true, false]);
  });

  test("only reads, and then needs no checkpoint", async () => {
    const reading = calling(aCall("read_file", { path: "a.txt" }), aCall("search", { pattern: "x" }));
    const { work, journal } = rig([reading, submitting]);
    await runAgent(work);
    expect(journal.changed).toEqual([]);
  });

  test("that calls no tool is told to, and is stopped when that does not help", async () => {
    const { work, model, journal } = rig([saying("I will."), saying("Yes."), saying("Indeed.")]);
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "idle",
      reason: "the model answered without using a tool, several times",
      turns: 3,
      costUsd: expect.closeTo(0.3),
    });
    expect(model.requests.at(-1)?.messages).toEqual([opening, saying("I will."), nudge, saying("Yes."), nudgedAgain]);
    expect(journal.turns.map(({ results }) => results)).toEqual([nudge, nudgedAgain, nudge]);
  });

  test("that goes on with a tool after a nudge may be idle again", async () => {
    const idle = [saying("Let me think."), saying("Hm.")];
    const { work } = rig([...idle, listing, ...idle, submitting]);
    expect(await runAgent(work)).toMatchObject({ status: "submitted", turns: 6 });
  });

  test("whose answer was cut at its longest is told to go on", async () => {
    const { work } = rig([saying("I was about to", "max_tokens"), submitting]);
    expect(await runAgent(work)).toMatchObject({ status: "submitted", turns: 2 });
  });

  test("that declines is stopped with its words, and its turn is paid", async () => {
    const { work, journal } = rig([saying("I cannot help with that.", "refusal")]);
    expect(await runAgent(work)).toEqual({
      status: "stopped",
      cause: "declined",
      reason: "the model declined: I cannot help with that.",
      turns: 1,
      costUsd: 0.1,
    });
    expect(journal.turns).toHaveLength(1);
  });
});

describe("when the signal fires", () => {
  test("no call is made", async () => {
    const { work, model } = rig([submitting], { signal: AbortSignal.abort(new Error("shutting down")) });
    await expect(runAgent(work)).rejects.toThrow("shutting down");
    expect(model.requests).toEqual([]);
  });

  test("a running tool is stopped, and its turn is recorded as paid and not as answered", async () => {
    const controller = new AbortController();
    const slow = calling(aCall("bash", { command: "echo started >started; sleep 60" }));
    const { work, model, journal } = rig([slow, submitting], { signal: controller.signal });
    const running = runAgent(work);
    await sandbox().run(
      { line: "until [ -s started ]; do :; done", timeoutMs: 10_000 },
      { signal: AbortSignal.timeout(20_000) },
    );
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect(journal.turns).toEqual([{ n: 1, reply: slow, results: undefined, costUsd: 0.1 }]);
    expect(model.requests).toHaveLength(1);
  });

  test("a model call is stopped, and nothing is paid", async () => {
    const controller = new AbortController();
    const { work, journal } = rig([], {
      signal: controller.signal,
      route: {
        models: ["played/one"],
        complete: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
            controller.abort(new Error("shutting down"));
          }),
      },
    });
    await expect(runAgent(work)).rejects.toThrow("shutting down");
    expect(journal.turns).toEqual([]);
  });
});
