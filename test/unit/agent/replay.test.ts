import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { renderPrompt } from "../../../src/agent/render-prompt.ts";
import { replay } from "../../../src/agent/replay.ts";
import { runAgent } from "../../../src/agent/run-agent.ts";
import { describeTools, type Toolbox } from "../../../src/agent/run-tool.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { submit } from "../../../src/agent/tools/submit.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import { type AssistantMessage, type Message, message } from "../../../src/domain/message.ts";
import { jsonBytes } from "../../../src/domain/model.ts";
import type { AskedWith, Prompt, RecordedConversation } from "../../../src/domain/recording.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const look = defineTool({
  name: "look",
  description: "Looks around.",
  parameters: z.strictObject({ n: z.number(), why: z.string().optional() }),
  readOnly: true,
  run: async ({ n }) => ({ text: n < 0 ? "Nothing there." : `${n} `.repeat(n < 100 ? 12_000 : 1), isError: n < 0 }),
});
const tools: Toolbox = [look, submit];
const looking = (args: object, id: string) => calling(aCall("look", args, id));
const replies: readonly AssistantMessage[] = [
  looking({ n: -1 }, "a"),
  looking({ m: 1 }, "b"),
  saying("Hm."),
  calling(aCall("look", { n: 100, why: "to see" }, "c"), aCall("look", { n: 200 }, "d")),
  ...Array.from({ length: 20 }, (_, n) => looking({ n, why: "to see" }, `call-${n}`)),
  calling(aCall("submit", { title: "Round", what: "Rounding.", why: "It was off." })),
];
const keep = redactor([]);

/** A real conversation, as the journal of a run has it. */
async function record(of: { readonly maxBytes?: number; readonly turns?: number } = {}): Promise<RecordedConversation> {
  const { maxBytes = Infinity, turns = 100 } = of;
  const values = {
    workspace: "/workspace",
    test_command: "see it pass.",
    setup_note: "Nothing.",
    people: "Ask nobody.",
  };
  const system: Prompt = await renderPrompt("coder", values);
  const journal = memoryJournal();
  const asked: AskedWith[] = [];
  await using sandbox = await processSandbox();
  await runAgent({
    route: {
      models: ["played/one"],
      complete: async (request) => {
        if (jsonBytes(request.messages) > maxBytes) throw new NightshiftError("context_overflow", "It is too long.");
        const reply = replies[asked.length];
        if (reply === undefined) throw new Error("It was asked too often.");
        return { reply, costUsd: 0.1 };
      },
    },
    system: system.text,
    opening: { role: "user", text: "Solve this ticket." },
    tools,
    sandbox,
    budget: { turns, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal: {
      ...journal,
      paid: async (turn) => {
        const { level, shortened } = turn.asked;
        asked.push({ head: "", level, shortened: shortened.map(([at, it]) => [at, message.parse(it)]) });
        await journal.paid(turn);
      },
    },
    tell: async () => undefined,
    signal: new AbortController().signal,
    clock: () => 0,
  });
  const head = {
    system: system.text,
    tools: [...describeTools(tools)],
    models: ["played/one"],
    maxOutputTokens: 100,
    prompts: { system: [...system.sources], opening: [] },
  };
  const none: AskedWith = { head: "", level: 0, shortened: [] };
  return {
    step: "code",
    opening: { role: "user", text: "Solve this ticket." },
    turns: journal.turns.map((turn, at) => ({ ...turn, head, asked: asked[at] ?? none })),
  };
}

let recorded: RecordedConversation;
beforeAll(async () => {
  recorded = await record();
});

/** The recording with something else in every head. */
const withHead = (change: (head: RecordedConversation["turns"][number]["head"]) => object) => ({
  ...recorded,
  turns: recorded.turns.map((turn) => ({ ...turn, head: { ...turn.head, ...change(turn.head) } })),
});

describe("a replay finds no difference", () => {
  test("in a long conversation with failed calls, idle answers and output that was dropped", async () => {
    expect(recorded.turns).toHaveLength(25);
    expect(recorded.turns.flatMap(({ asked }) => asked.shortened).length).toBeGreaterThan(5);
    expect(await replay(recorded, tools, keep)).toEqual([]);
  });

  test("in one that was too long for its model", async () => {
    const short = await record({ maxBytes: 70_000 });
    expect(Math.max(...short.turns.map(({ asked }) => asked.level))).toBe(1);
    expect(await replay(short, tools, keep)).toEqual([]);
  });

  test("in one that was told that its turns end, which a replay does not count", async () => {
    const short = await record({ turns: 26 });
    expect(
      short.turns.flatMap(({ n, results }) => (results?.notes ?? []).map(({ about }) => `${about} in ${n}`)),
    ).toEqual(["turns in 21"]);
    expect(await replay(short, tools, keep)).toEqual([]);
  });

  test("in one that ended at any turn, also before its tools had answered", async () => {
    for (let turns = 1; turns < 25; turns += 3) {
      const cut = recorded.turns.slice(0, turns);
      expect(await replay({ ...recorded, turns: cut }, tools, keep)).toEqual([]);
      const last = cut.map((turn) => (turn.n === turns ? { ...turn, results: undefined } : turn));
      expect(await replay({ ...recorded, turns: last }, tools, keep)).toEqual([]);
    }
  });
});

describe("a replay says from which turn on", () => {
  test("the system prompt is another one, in the lines that differ", async () => {
    const older = withHead(({ system }) => ({ system: system.replace("1. Look first", "1. Look around") }));
    expect(await replay(older, tools, keep)).toEqual([
      {
        fromTurn: 1,
        toTurn: 25,
        part: "system prompt",
        recorded: [expect.stringMatching(/^1\. Look around/)],
        today: [expect.stringMatching(/^1\. Look first/)],
      },
    ]);
  });

  test("the prompt wants what was not recorded", async () => {
    const older = withHead(() => ({
      prompts: { system: [{ name: "coder", hash: "", values: { workspace: "/w" } }], opening: [] },
    }));
    const [difference] = await replay(older, tools, keep);
    expect(difference).toMatchObject({ part: "system prompt", fromTurn: 1, toTurn: 25 });
    expect(difference?.today.join("\n")).toContain("prompts/coder.md was not given test_command");
  });

  test("the opening is another one", async () => {
    const older = { ...recorded, opening: { role: "user", text: "Solve that ticket." } } as const;
    const source = {
      name: "ticket",
      hash: "",
      values: { ticket_id: "1", ticket_type: "bug", title: "", description: "", instructions: "" },
    };
    const [difference] = await replay(
      {
        ...older,
        turns: recorded.turns.map((turn) => ({
          ...turn,
          head: { ...turn.head, prompts: { system: [], opening: [source] } },
        })),
      },
      tools,
      keep,
    );
    expect(difference).toMatchObject({ part: "opening", fromTurn: 1, toTurn: 25, recorded: ["Solve that ticket."] });
  });

  test("a tool is described otherwise, or is not there any more", async () => {
    const better = { ...look, description: "Looks closely." };
    expect(await replay(recorded, [better, submit], keep)).toEqual([
      { fromTurn: 1, toTurn: 25, part: "tool look", recorded: ["Looks around."], today: ["Looks closely."] },
    ]);
    const gone = await replay(recorded, [submit], keep);
    expect(gone.map(({ part }) => part)).toEqual(
      expect.arrayContaining(["order of the tools", "tool look", "call of look in turn 4", "results of turn 1"]),
    );
  });

  test("arguments that were taken are refused, and what the model would read instead", async () => {
    const strict = { ...look, parameters: z.strictObject({ n: z.number() }) };
    const found = await replay(recorded, [strict, submit], keep);
    expect(found.find(({ part }) => part === "call of look in turn 4")).toMatchObject({ fromTurn: 4, toTurn: 4 });
    expect(found.find(({ part }) => part === "results of turn 4")).toMatchObject({
      fromTurn: 5,
      // The other call of that turn still has its own result.
      recorded: [expect.stringMatching(/^look: 100/)],
      today: [expect.stringContaining("The arguments of look are wrong"), expect.anything(), "It takes: n."],
    });
  });

  test("output is kept that was dropped, by its turns", async () => {
    const dropped = recorded.turns.findIndex(({ asked }) => asked.shortened.length > 0);
    const never = recorded.turns.map((turn) => ({ ...turn, asked: { ...turn.asked, shortened: [] } }));
    const [difference] = await replay({ ...recorded, turns: never }, tools, keep);
    expect(difference).toMatchObject({ fromTurn: dropped + 1, toTurn: 25, part: "results of turn 5" });
    expect(difference?.today[0]).toMatch(/^look: \[output of `look 0 to see` dropped, /);
  });

  test("a dropped output has another line in a conversation that was too long, and goes on to its end", async () => {
    const short = await record({ maxBytes: 70_000 });
    const empty = (it: Message): Message =>
      it.role === "tool" ? { ...it, results: it.results.map((result) => ({ ...result, text: "" })) } : it;
    const turns = short.turns.map((turn) => {
      const shortened = turn.asked.shortened.map(([at, it]): [number, Message] => [at, empty(it)]);
      return { ...turn, asked: { ...turn.asked, shortened } };
    });
    const found = await replay({ ...short, turns }, tools, keep);
    const expected = short.turns.flatMap(({ n, asked }) =>
      asked.shortened.map(([at]) => [`results of turn ${at / 2}`, n]),
    );
    expect(found.map(({ part, fromTurn }) => [part, fromTurn])).toEqual(expected);
    expect(new Set(found.map(({ toTurn }) => toTurn))).toEqual(new Set([25]));
  });

  test("a prompt was another one for a while", async () => {
    const turns = recorded.turns.map((turn) =>
      [2, 3, 6].includes(turn.n) ? { ...turn, head: { ...turn.head, system: "You are the coder." } } : turn,
    );
    const found = await replay({ ...recorded, turns }, tools, keep);
    expect(found.map(({ fromTurn, toTurn }) => [fromTurn, toTurn])).toEqual([
      [2, 3],
      [6, 6],
    ]);
  });

  test("the loop ends before the recording does", async () => {
    const idle = [1, 2, 3, 4, 5].map((n) => ({
      ...recorded.turns[2],
      n,
      reply: saying("Hm."),
      results: recorded.turns[2]?.results,
      head: recorded.turns[0]?.head ?? expect.unreachable(),
      asked: { head: "", level: 0, shortened: [] },
      costUsd: 0,
    }));
    expect(await replay({ ...recorded, turns: idle }, tools, keep)).toEqual([
      {
        fromTurn: 3,
        toTurn: 3,
        part: "results of turn 2",
        recorded: [],
        today: ["", expect.stringMatching(/^Note from Nightshift: you have answered 2 times/)],
      },
      {
        fromTurn: 4,
        toTurn: 4,
        part: "loop",
        recorded: ["goes on"],
        today: ["ends before this turn: the model answered without using a tool, several times"],
      },
    ]);
  });
});

test("a replay shows no secret", async () => {
  const secret = "a-secret-of-ours";
  const source = { name: "none", hash: "", values: {} };
  const told = {
    ...withHead(({ system }) => ({
      system: `${system}\nnever said before`,
      prompts: { system: [], opening: [source] },
    })),
    opening: { role: "user", text: `Solve it with ${secret}.` },
  } as const;
  const shortened: [number, Message][] = [[0, { role: "user", text: `Solved with ${secret}.` }]];
  const turns = told.turns.map((turn) => ({ ...turn, asked: { ...turn.asked, shortened } }));
  const found = JSON.stringify(await replay({ ...told, turns }, tools, redactor([secret])));
  expect(found).toContain("Solved with [redacted].");
  expect(found).not.toContain(secret);
});
