import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Asked, Journal, RecordedTurn } from "../../../src/agent/journal.ts";
import { replay } from "../../../src/agent/replay.ts";
import { type AgentEnd, runAgent } from "../../../src/agent/run-agent.ts";
import { describeTools, type Toolbox } from "../../../src/agent/run-tool.ts";
import { askHuman } from "../../../src/agent/tools/ask-human.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { plan } from "../../../src/agent/tools/plan.ts";
import { submit } from "../../../src/agent/tools/submit.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import { type AssistantMessage, message, type ToolCall } from "../../../src/domain/message.ts";
import { jsonBytes, type ModelRequest, RequestRefused } from "../../../src/domain/model.ts";
import type { RecordedConversation } from "../../../src/domain/recording.ts";
import { redactor } from "../../../src/domain/redact.ts";
import type { RecordedSummary } from "../../../src/domain/summary.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, saying } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const opening = { role: "user", text: "Solve this ticket." } as const;
const look = defineTool({
  name: "look",
  description: "Looks.",
  parameters: z.strictObject({ n: z.number() }),
  readOnly: true,
  // Short enough to be never dropped.
  run: async ({ n }) => ({ text: `Part ${n} of it. `.repeat(25) }),
});
const read = defineTool({ ...look, name: "read", run: async ({ n }) => ({ text: `${n} `.repeat(1_000) }) });
const tools: Toolbox = [look, read, plan, askHuman(1), submit];
const notes = {
  goal: "Round once",
  done: ["Found the place in src/cart.ts"],
  open: ["Write the test"],
  state: ["src/cart.ts: total() rounds per line"],
  tests: ["npm test: 3 pass"],
  decisions: ["No new dependency"],
};
const asksForNotes = ({ messages }: ModelRequest) => JSON.stringify(messages.slice(-3)).includes("Call no tool now.");

/** A model that talks much and looks around until its last turn; `acts` are calls that it makes in other turns than that. */
interface Play {
  readonly turns: number;
  readonly contextTokens?: number;
  /** What it takes really. */
  readonly maxTokens?: number;
  /** Which tool it looks with. */
  readonly tool?: "look" | "read";
  readonly acts?: Readonly<Record<number, ToolCall>>;
  /** What it answers when it is asked for notes the so manieth time, from 0 on. */
  readonly notes?: (time: number) => string | NightshiftError;
  readonly recorded?: readonly RecordedTurn[];
  readonly summaries?: readonly RecordedSummary[];
  readonly answer?: { readonly turn: number; readonly text: string };
}

async function play(of: Play) {
  const { recorded = [], summaries = [], maxTokens = Infinity } = of;
  const memory = memoryJournal(recorded, summaries);
  const [asked, requests, notesAsked]: [Asked[], ModelRequest[], ModelRequest[]] = [[], [], []];
  const told: RunEvent[] = [];
  const tokens = (request: ModelRequest) => Math.ceil(jsonBytes([request.system, request.messages, request.tools]) / 4);
  const journal: Journal = {
    ...memory,
    paid: async (turn) => {
      asked.push(turn.asked);
      await memory.paid(turn);
    },
  };
  const answerOf = (request: ModelRequest): AssistantMessage => {
    if (asksForNotes(request)) {
      const given = of.notes?.(summaries.length + notesAsked.length) ?? JSON.stringify(notes);
      notesAsked.push(structuredClone(request));
      if (given instanceof NightshiftError) throw given;
      return saying(given);
    }
    requests.push(structuredClone(request));
    const n = recorded.length + requests.length;
    const handIn = aCall("submit", { title: "Round", what: "Rounding.", why: "It was off." }, "done");
    const call = n >= of.turns ? handIn : (of.acts?.[n] ?? aCall(of.tool ?? "look", { n }, `call-${n}`));
    const words = `Turn ${n}: ${"I think about it. ".repeat(30)}`;
    return { ...saying(words, "tool_calls"), content: [{ type: "text", text: words }, call] };
  };
  await using sandbox = await processSandbox();
  const end: AgentEnd = await runAgent({
    route: {
      models: ["played/one"],
      ...(of.contextTokens !== undefined && { contextTokens: of.contextTokens }),
      complete: async (request) => {
        if (tokens(request) > maxTokens)
          throw new NightshiftError("context_overflow", "It is too long for played/one.");
        const reply = answerOf(request);
        const usage = { input: tokens(request), output: 100, cacheRead: 0, cacheWrite: 0 };
        return { reply: { ...reply, usage }, costUsd: 0.125 };
      },
    },
    system: "You are the coder.",
    opening,
    tools,
    sandbox,
    budget: { turns: 2_000, timeMs: 600_000 },
    maxOutputTokens: 1_000,
    journal,
    tell: async (event) => void told.push(event),
    signal: new AbortController().signal,
    ...(of.answer && { answer: of.answer }),
    clock: () => 0,
  });
  const made = told.filter((event) => event.type === "summarized");
  const longest = Math.max(...requests.map(tokens));
  return { end, asked, requests, notesAsked, told, made, longest, turns: memory.turns, attempts: memory.attempts };
}

const first = (request: ModelRequest | undefined) => {
  const message = request?.messages[0];
  return message?.role === "user" ? message.text : "";
};

describe("a conversation near what its model takes", () => {
  test("goes on with a summary of its oldest turns, its newest turns whole", async () => {
    const { end, made, requests, turns, notesAsked, longest, attempts } = await play({
      turns: 60,
      contextTokens: 17_000,
    });
    expect(end).toMatchObject({ status: "submitted", turns: 60 });
    expect(longest).toBeLessThan(0.8 * 16_000 + 500);
    const [summary] = made;
    expect(summary).toMatchObject({ fromTurn: 1, costUsd: 0.125 });
    expect(summary?.tokensAfter).toBeLessThan((summary?.tokensBefore ?? 0) / 2);
    expect(notesAsked).toHaveLength(made.length);

    const upTo = summary?.toTurn ?? 0;
    const { after } = attempts[0] ?? expect.unreachable();
    const next = requests[after];
    expect(first(next)).toMatch(/^Solve this ticket\.\n\nTurns 1 to \d+ of your work/);
    expect(first(next)).toContain(
      "Goal: Round once\n\nDone:\n- Found the place in src/cart.ts\n\nOpen:\n- Write the test",
    );
    expect(next?.messages.slice(1)).toEqual(turns.slice(upTo, after).flatMap(({ reply, results }) => [reply, results]));
    expect(after - upTo).toBeGreaterThan(3);
  });

  test("is asked for the summary with what it was asked before and words at the end, so that a cache knows it", async () => {
    const { requests, notesAsked, attempts } = await play({ turns: 40, contextTokens: 17_000 });
    const last = requests[(attempts[0]?.after ?? 0) - 1];
    const [notesRequest] = notesAsked;
    expect(notesRequest?.messages.slice(0, last?.messages.length)).toEqual(last?.messages);
    expect(notesRequest).toMatchObject({ system: last?.system, tools: last?.tools, maxOutputTokens: 1_000 });
    expect(notesRequest?.answer).toBeUndefined();
    expect(notesRequest?.messages).toHaveLength((last?.messages.length ?? 0) + 3);
  });

  test("begins with what it was before, but for the turn in which a summary was made", async () => {
    const { requests, attempts } = await play({ turns: 60, contextTokens: 17_000 });
    const changed = requests.flatMap(({ messages }, n) => {
      const before = requests[n - 1]?.messages ?? [];
      return JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before) ? [] : [n];
    });
    expect(changed).toEqual(attempts.map(({ after }) => after));
  });

  test("stays as short for a thousand turns, by summaries of summaries that do not grow", async () => {
    const grows = (time: number) =>
      JSON.stringify({
        ...notes,
        done: Array.from({ length: 10 * (time + 1) }, (_, n) => `Step ${n}: ${"x".repeat(500)}`),
      });
    const { end, longest, made, requests } = await play({ turns: 1_000, contextTokens: 41_000, notes: grows });
    expect(end).toMatchObject({ status: "submitted", turns: 1_000, costUsd: 125 + 0.125 * made.length });
    expect(made.length).toBeGreaterThan(5);
    expect(longest).toBeLessThan(0.8 * 40_000 + 500);
    expect(made.slice(1).every(({ fromTurn }, at) => fromTurn === (made[at]?.toTurn ?? 0) + 1)).toBe(true);
    expect(Math.max(...requests.map((request) => first(request).length))).toBeLessThan(12_000);
  });

  test("keeps word for word what people answered and the last plan", async () => {
    const items = [{ text: "Write the test", status: "doing" }];
    const acts = { 2: aCall("ask_human", { question: "Up or down?" }, "ask"), 4: aCall("plan", { items }, "plan") };
    const asking = await play({ turns: 60, contextTokens: 17_000, acts });
    expect(asking.end).toMatchObject({ status: "asked", turns: 2 });
    const answer = { turn: 2, text: '<untrusted source="@mona">\nHalf to even.\n</untrusted>' };
    const { requests } = await play({ turns: 60, contextTokens: 17_000, acts, recorded: asking.turns, answer });
    expect(first(requests.at(-1))).toContain(`You asked people: Up or down?\nThey answered:\n${answer.text}`);
    expect(first(requests.at(-1))).toContain("Your plan, as it stood at their end:\n- Write the test (doing)");
  });

  test("does not take more tool output than a small window has room for", async () => {
    const { asked } = await play({ turns: 3, contextTokens: 17_000 });
    expect(asked.map(({ level }) => level)).toEqual([2, 2, 2]);
    expect((await play({ turns: 3 })).asked.map(({ level }) => level)).toEqual([0, 0, 0]);
  });
});

describe("a summary that cannot be had", () => {
  test("is asked for once more with what is wrong, and paid twice", async () => {
    const { attempts, notesAsked } = await play({
      turns: 40,
      contextTokens: 17_000,
      notes: (time) => (time === 0 ? "Later." : JSON.stringify(notes)),
    });
    expect(attempts[0]).toMatchObject({ costUsd: 0.25, made: { summary: notes } });
    expect(notesAsked[1]?.messages.at(-1)).toMatchObject({ text: expect.stringContaining("the answer is not JSON") });
  });

  test.each([
    ["is no JSON", () => "Later.", "the answer is not JSON", 0.25],
    ["is as long as what it stands for", () => JSON.stringify(long), "the summary is hardly shorter", 0.125],
    ["is not taken as a question", () => new RequestRefused("No user after a tool."), "No user after a tool.", 0],
  ])("because it %s leaves the conversation as it is, for a while", async (_, given, reason, costUsd) => {
    const { end, attempts, told, made } = await play({ turns: 80, contextTokens: 17_000, notes: given });
    expect(end).toMatchObject({ status: "submitted", turns: 80 });
    expect(made).toEqual([]);
    expect(attempts[0]).toMatchObject({ made: null, costUsd });
    expect(attempts.length).toBe(2);
    expect((attempts[1]?.after ?? 0) - (attempts[0]?.after ?? 0)).toBe(25);
    expect(told).toContainEqual({
      type: "warned",
      message: `The oldest turns could not be summarised: ${reason}`,
    });
    expect(end.costUsd).toBe(80 * 0.125 + 2 * costUsd);
  });

  const long = {
    ...notes,
    ...Object.fromEntries(
      ["done", "open", "state", "tests", "decisions"].map((list) => [
        list,
        Array.from({ length: 20 }, () => "x".repeat(400)),
      ]),
    ),
  };
});

describe("a conversation that is too long for its model after all", () => {
  test("is summarised as far as it fits, where nobody knew what the model takes", async () => {
    const { end, made, requests } = await play({ turns: 60, maxTokens: 10_000 });
    expect(end).toMatchObject({ status: "submitted", turns: 60 });
    expect(made.length).toBeGreaterThan(1);
    expect(requests).toHaveLength(60);
  });

  test("is asked for a summary of less where the question itself is too long", async () => {
    const { end, made, attempts, told } = await play({ turns: 60, contextTokens: 17_000, maxTokens: 13_200 });
    expect(end).toMatchObject({ status: "submitted", turns: 60 });
    expect(made).toHaveLength(attempts.length);
    // In the same turn as where it is not too long.
    expect(attempts[0]?.after).toBe((await play({ turns: 60, contextTokens: 17_000 })).attempts[0]?.after);
    expect(told.filter(({ type }) => type === "warned")).toEqual([]);
  });

  test("is summarised piece by piece, where a model with a far smaller window takes over", async () => {
    const before = await play({ turns: 150 });
    expect(before.made).toEqual([]);
    const recorded = before.turns.slice(0, 140);
    const { end, made } = await play({ turns: 150, maxTokens: 9_000, contextTokens: 10_000, recorded });
    expect(end).toMatchObject({ status: "submitted", turns: 150 });
    expect(made.length).toBeGreaterThan(3);
  });

  test("ends with what was done when not even that helps", async () => {
    const { end } = await play({ turns: 60, maxTokens: 6_000, notes: () => "Later." });
    expect(end).toMatchObject({ status: "stopped", cause: "overflow" });
  });
});

describe.each([
  ["with room", { turns: 50, contextTokens: 17_000 }],
  ["without a word of its window", { turns: 50, maxTokens: 10_000 }],
  ["with tool output that is dropped as well", { turns: 90, contextTokens: 30_000, tool: "read" }],
  [
    "whose tool output is dropped when the second summary fails",
    {
      turns: 50,
      maxTokens: 17_000,
      tool: "read",
      notes: (time: number) => (time === 0 ? JSON.stringify(notes) : "No."),
    },
  ],
  [
    "whose first summary fails",
    { turns: 50, contextTokens: 17_000, notes: (time: number) => (time < 2 ? "No." : JSON.stringify(notes)) },
  ],
] as const)("a summarised conversation %s", (_, of: Play) => {
  test("that is taken up anywhere asks what it would have asked, and pays no summary twice", async () => {
    const whole = await play(of);
    for (let done = 1; done < of.turns; done += Math.ceil(of.turns / 16)) {
      const summaries = whole.attempts.filter(({ after }) => after < done);
      const again = await play({ ...of, recorded: whole.turns.slice(0, done), summaries });
      expect(again.requests).toEqual(whole.requests.slice(done));
      expect(again.attempts).toEqual(whole.attempts);
      expect(again.end).toEqual(whole.end);
    }
  });

  test("that was interrupted between a summary and the next turn goes on with the summary", async () => {
    const whole = await play(of);
    for (const [at, { after }] of whole.attempts.entries()) {
      const summaries = whole.attempts.slice(0, at + 1);
      const again = await play({ ...of, recorded: whole.turns.slice(0, after), summaries });
      expect(again.requests).toEqual(whole.requests.slice(after));
      expect(again.attempts).toEqual(whole.attempts);
      expect(again.end.costUsd).toBe(whole.end.costUsd);
    }
  });

  test("is replayed without a difference", async () => {
    expect(await replay(recordingOf(await play(of), of), tools, redactor([]))).toEqual([]);
  });
});

test("a replay says where a summary is asked for today only, or not any more", async () => {
  const of = { turns: 40, contextTokens: 17_000 };
  const recording = recordingOf(await play(of), of);
  const after = recording.summaries?.[0]?.after ?? 0;
  const [unknown] = await replay({ ...recording, summaries: [] }, tools, redactor([]));
  expect(unknown).toMatchObject({ part: "summary", fromTurn: after + 1, today: [`asked for after turn ${after}`] });
  const moved = recording.summaries?.map((summary) => ({ ...summary, after: 3 })) ?? [];
  const found = await replay({ ...recording, summaries: moved }, tools, redactor([]));
  expect(found).toContainEqual({
    part: "summary",
    fromTurn: 4,
    toTurn: 4,
    recorded: ["made after turn 3"],
    today: ["not asked for"],
  });
});

function recordingOf({ turns, asked, attempts }: Awaited<ReturnType<typeof play>>, of: Play): RecordedConversation {
  const head = {
    system: "You are the coder.",
    tools: [...describeTools(tools)],
    models: ["played/one"],
    maxOutputTokens: 1_000,
    ...(of.contextTokens !== undefined && { contextTokens: of.contextTokens }),
    prompts: { system: [], opening: [] },
  };
  return {
    step: "code",
    opening,
    turns: turns.map((turn, at) => {
      const { level = 0, shortened = [] } = asked[at] ?? {};
      return {
        ...turn,
        head,
        asked: { head: "", level, shortened: shortened.map(([n, it]) => [n, message.parse(it)]) },
      };
    }),
    summaries: attempts,
  };
}

describe("where the first answer was no summary and the second call fails", () => {
  const failing = (error: NightshiftError) => (time: number) => (time === 0 ? "No notes." : error);

  test("for good, the work ends with all that was paid, and whoever takes it up counts it too", async () => {
    const broke = new NightshiftError("budget_exhausted", "Nothing is left.");
    const { end, attempts, turns, requests } = await play({ turns: 200, contextTokens: 32_000, notes: failing(broke) });
    expect(end).toMatchObject({ status: "stopped", cause: "money", costUsd: 0.125 * (requests.length + 1) });
    expect(attempts).toMatchObject([{ after: turns.length, made: null, costUsd: 0.125 }]);

    const rest = { turns: turns.length + 1, contextTokens: 32_000, recorded: turns, summaries: attempts };
    const again = await play(rest);
    expect(again.end).toMatchObject({ status: "submitted", costUsd: 0.125 * (turns.length + 1 + 1) });
  });

  test("because it is not taken, the work goes on, and what the first cost is told", async () => {
    const refused = new RequestRefused("Not this.");
    const { end, attempts, requests } = await play({ turns: 80, contextTokens: 32_000, notes: failing(refused) });
    expect(attempts[0]).toMatchObject({ made: null, costUsd: 0.125 });
    expect(end).toMatchObject({ status: "submitted", costUsd: 0.125 * (requests.length + attempts.length) });
  });
});
