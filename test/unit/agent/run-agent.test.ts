import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecordedTurn } from "../../../src/agent/journal.ts";
import { withNotes } from "../../../src/agent/notes.ts";
import { renderPrompt } from "../../../src/agent/render-prompt.ts";
import { type AgentWork, runAgent } from "../../../src/agent/run-agent.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { AssistantMessage, ToolMessage } from "../../../src/domain/message.ts";
import type { Sandbox } from "../../../src/domain/sandbox.ts";
import { routeOf } from "../../../src/models/route.ts";
import { type MemoryJournal, memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling, type PlayedModel, playedModel, saying } from "../../support/played-model.ts";
import { pocket } from "../../support/pocket.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await processSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const opening = { role: "user", text: "Solve this ticket." } as const;
const nudge = {
  role: "user",
  text: "You called no tool. Go on with the tools; when the work is done, hand it in with `submit`.",
} as const;
/** What is told at the second idle answer in a row. */
const nudgedAgain = withNotes(nudge, [
  { about: "idle", text: (await renderPrompt("nudge-idle", { times: "2" })).text },
]);
const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up." };
const submitting = calling(aCall("submit", change));
const listing = calling(aCall("bash", { command: "ls" }));

interface Rig {
  readonly work: AgentWork;
  readonly model: PlayedModel;
  readonly journal: MemoryJournal;
  readonly told: RunEvent[];
}

/** Work for the agent, with what it leaves behind; the default usage of a reply costs 0.1 USD. */
function rig(
  replies: readonly AssistantMessage[],
  changes: Partial<AgentWork> & { readonly recorded?: readonly RecordedTurn[]; readonly usd?: number } = {},
): Rig {
  const { recorded = [], usd = 10, ...more } = changes;
  const spentUsd = recorded.reduce((sum, turn) => sum + turn.costUsd, 0);
  const [model, journal] = [playedModel(replies), memoryJournal(recorded)];
  const told: RunEvent[] = [];
  const work: AgentWork = {
    route: routeOf({ models: [model], purse: pocket(usd, spentUsd) }),
    system: "You are the coder.",
    opening,
    tools: coderTools,
    sandbox,
    budget: { turns: 10, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal,
    tell: async (event) => void told.push(event),
    signal: new AbortController().signal,
    clock: () => 0,
    ...more,
  };
  return { work, model, journal, told };
}

function answers(...results: readonly { readonly name: string; readonly text: string; readonly isError?: boolean }[]) {
  const message: ToolMessage = {
    role: "tool",
    results: results.map(({ name, text, isError = false }) => ({ callId: `call-${name}`, name, text, isError })),
  };
  return message;
}

const inWorkspace = (path: string) => join(sandbox.workspace, path);

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
  const notesOf = ({ told }: Rig) =>
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
    await sandbox.run(
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

test("an agent has one shell for all of its work, and what runs in it ends with it", async () => {
  const leave = calling(aCall("bash", { command: "sleep 300 & pid=$!" }));
  const { work, journal } = rig([leave, calling(aCall("bash", { command: "echo $pid" })), submitting]);
  await runAgent(work);
  const said = journal.turns[1]?.results;
  const pid = Number.parseInt(said?.role === "tool" ? (said.results[0]?.text ?? "") : "", 10);
  expect(pid).toBeGreaterThan(0);
  // A dead one stays in the table until it is collected.
  await expect.poll(() => isRunning(pid), { timeout: 30_000 }).toBe(false);
}, 40_000);

test("what a long command prints is told while it runs", async () => {
  let now = 0;
  const { work, told } = rig([calling(aCall("bash", { command: "echo hello" })), submitting], {
    clock: () => (now += 2_000),
    budget: { turns: 10, timeMs: 600_000 },
  });
  await runAgent(work);
  expect(told.slice(0, 3)).toMatchObject([
    { type: "turn_finished", n: 1 },
    { type: "output_streamed", n: 1, tool: "bash", text: "hello\n" },
    { type: "tool_finished", n: 1 },
  ]);
});

test("a plan is told of, whole, and changes nothing in the workspace", async () => {
  const items = [{ text: "Mend it", status: "doing" }];
  const { work, told } = rig([calling(aCall("plan", { items })), submitting]);
  await runAgent(work);
  expect(told.slice(1, 3)).toMatchObject([
    { type: "tool_finished", n: 1, tool: "plan" },
    { type: "plan_updated", items },
  ]);
});

const given = z.strictObject({ what: z.string() });

test("any tool that is final ends the work", async () => {
  const give = defineTool<typeof given, { readonly what: string }>({
    name: "give",
    description: "Gives.",
    parameters: given,
    final: true,
    run: async (submitted) => ({ text: "Taken.", submitted }),
  });
  const { work } = rig([saying("Well."), calling(aCall("give", { what: "this" }))]);
  expect(await runAgent({ ...work, tools: [give] })).toMatchObject({
    status: "submitted",
    submission: { what: "this" },
  });
});

test("a lost sandbox ends the work with an error, and the turn stays recorded as paid", async () => {
  await sandbox[Symbol.asyncDispose]();
  const { work, journal } = rig([listing]);
  await expect(runAgent(work)).rejects.toMatchObject({ code: "sandbox_lost", retryable: true });
  expect(journal.turns).toEqual([{ n: 1, reply: listing, results: undefined, costUsd: 0.1 }]);
});

test("an edit keeps to the file that was there", async () => {
  await writeFile(inWorkspace("a.txt"), "one\ntwo\n");
  const edit = calling(aCall("edit_file", { path: "a.txt", old_text: "two", new_text: "2" }));
  const { work, journal } = rig([edit, submitting]);
  await runAgent(work);
  expect(await readFile(inWorkspace("a.txt"), "utf8")).toBe("one\n2\n");
  expect(journal.turns[0]?.results).toEqual(answers({ name: "edit_file", text: "Edited a.txt at line 2." }));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
