import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Asked, Journal, RecordedTurn } from "../../../src/agent/journal.ts";
import { type AgentWork, runAgent } from "../../../src/agent/run-agent.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { submit } from "../../../src/agent/tools/submit.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { AssistantMessage, Message } from "../../../src/domain/message.ts";
import { jsonBytes, type ModelRequest } from "../../../src/domain/model.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { aCall, calling } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const opening = { role: "user", text: "Solve this ticket." } as const;
const look = defineTool({
  name: "look",
  description: "Looks.",
  parameters: z.strictObject({ n: z.number() }),
  readOnly: true,
  run: async ({ n }) => ({ text: `${n} `.repeat(10_000) }),
});
const looking = (n: number) => calling(aCall("look", { n }, `call-${n}`));
const submitting = calling(aCall("submit", { title: "Round", what: "Rounding.", why: "It was off." }));
const replies: readonly AssistantMessage[] = [...Array.from({ length: 24 }, (_, n) => looking(n)), submitting];

/** Work of 25 turns whose tools say half a million characters, for a model that takes requests up to so many bytes. */
async function converse(of: { readonly maxBytes?: number; readonly recorded?: readonly RecordedTurn[] } = {}) {
  const { maxBytes = Infinity, recorded = [] } = of;
  const memory = memoryJournal(recorded);
  const asked: Asked[] = [];
  const requests: ModelRequest[] = [];
  const told: RunEvent[] = [];
  const journal: Journal = {
    ...memory,
    paid: async (turn) => {
      asked.push(turn.asked);
      requests.push(structuredClone(turn.asked.request));
      await memory.paid(turn);
    },
  };
  let refused = 0;
  await using sandbox = await processSandbox();
  const work: AgentWork = {
    route: {
      models: ["played/one"],
      complete: async (request) => {
        if (jsonBytes(request.messages) > maxBytes) {
          refused += 1;
          throw new NightshiftError("context_overflow", "The conversation is too long for played/one.");
        }
        const reply = replies[recorded.length + requests.length];
        if (reply === undefined) throw new Error("It was asked too often.");
        return { reply, costUsd: 0.1 };
      },
    },
    system: "You are the coder.",
    opening,
    tools: [look, submit],
    sandbox,
    budget: { turns: 100, timeMs: 60_000 },
    maxOutputTokens: 100,
    journal,
    tell: async (event) => void told.push(event),
    signal: new AbortController().signal,
    clock: () => 0,
  };
  const end = await runAgent(work);
  return { end, asked, requests, turns: memory.turns, refused: () => refused, told };
}

const whole = (turns: readonly RecordedTurn[], until: number): readonly Message[] => [
  opening,
  ...turns.slice(0, until).flatMap(({ reply, results }) => (results === undefined ? [reply] : [reply, results])),
];

describe("a long conversation", () => {
  test("is sent with less and less of its old output, and recorded whole", async () => {
    const { requests, turns, end } = await converse();
    expect(end).toMatchObject({ status: "submitted", turns: 25 });
    expect(jsonBytes(whole(turns, 24))).toBeGreaterThan(490_000);
    expect(Math.max(...requests.map(({ messages }) => jsonBytes(messages)))).toBeLessThan(210_000);
    expect(requests.map(({ messages }) => messages.length)).toEqual(requests.map((_, n) => 1 + 2 * n));
  });

  test("tells how long each request is, byte for byte", async () => {
    for (const { system, messages, tools, bytes } of (await converse({ maxBytes: 100_000 })).requests) {
      expect(bytes).toBe(jsonBytes([system, messages, tools]));
    }
  });

  test.each([Infinity, 70_000])(
    "tells every change of a message once, so that each request can be put together again (up to %d bytes)",
    async (maxBytes) => {
      const { asked, requests, turns } = await converse({ maxBytes });
      const shortened = new Map<number, Message>();
      const told = asked.flatMap((of) => of.shortened.map(([at]) => at));
      expect(new Set(told).size).toBe(told.length);
      for (const [n, { messages }] of requests.entries()) {
        for (const [at, message] of asked[n]?.shortened ?? []) shortened.set(at, message);
        expect(whole(turns, n).map((message, at) => shortened.get(at) ?? message)).toEqual(messages);
      }
    },
  );

  test.each([Infinity, 70_000, 30_000])(
    "that is taken up again asks what it would have asked (up to %d bytes)",
    async (maxBytes) => {
      const uninterrupted = await converse({ maxBytes });
      for (let done = 1; done < 25; done += 1) {
        const recorded = uninterrupted.turns.slice(0, done);
        const again = await converse({ maxBytes, recorded });
        expect(again.requests).toEqual(uninterrupted.requests.slice(done));
        expect(again.end).toEqual(uninterrupted.end);
      }
    },
  );
});

describe("a conversation that is too long for the model", () => {
  test("is asked again with less, which people are told and which stays so", async () => {
    const { end, requests, refused, told } = await converse({ maxBytes: 70_000 });
    expect(end).toMatchObject({ status: "submitted", turns: 25 });
    expect(Math.max(...requests.map(({ messages }) => jsonBytes(messages)))).toBeLessThanOrEqual(70_000);
    expect(refused()).toBe(1);
    expect(told.filter(({ type }) => type === "warned")).toEqual([
      {
        type: "warned",
        message: "The conversation is too long for played/one. It is asked again with less of what tools said.",
      },
    ]);
  });

  test("ends the work when nothing is left to drop, and what was done is kept", async () => {
    const { end, refused } = await converse({ maxBytes: 20_000 });
    expect(end).toEqual({
      status: "stopped",
      cause: "overflow",
      reason: "The conversation is too long for played/one.",
      turns: 1,
      costUsd: 0.1,
    });
    expect(refused()).toBe(1);
  });
});
