import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutOf, keepContext, limits } from "../../../src/agent/keep-context.ts";
import { lazyShell } from "../../../src/agent/lazy-shell.ts";
import { withNotes } from "../../../src/agent/notes.ts";
import { runTool } from "../../../src/agent/run-tool.ts";
import { weightOf } from "../../../src/agent/shorten.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import type { AssistantMessage, Message } from "../../../src/domain/message.ts";
import { toolCallsOf } from "../../../src/domain/message.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

const within = { keep: 2_000, free: 3_000 };
const everything = { keep: 0, free: 0 };
const opening = { role: "user", text: "Solve this ticket." } as const;

const length = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1_500, max: 9_000 }));
const long = length.map((chars) => "x".repeat(chars));
const call = fc.record({ name: fc.constantFrom("bash", "read_file", "write_file"), given: long, said: long });
const turn = fc.record({ calls: fc.array(call, { maxLength: 3 }), echo: fc.boolean() });
type Turn = typeof turn extends fc.Arbitrary<infer Of> ? Of : never;

/** A conversation as the loop makes it: an answer, and its results or a nudge. */
function conversationOf(turns: readonly Turn[]): readonly Message[] {
  const later = turns.flatMap(({ calls, echo }, n): Message[] => {
    if (calls.length === 0) return [saying("Hm."), { role: "user", text: "You called no tool." }];
    const asked = calls.map(({ name, given }, at) => aCall(name, { path: "a.ts", content: given }, `call-${n}-${at}`));
    const reply: AssistantMessage = { ...calling(...asked), ...(echo && { echo: ["signed", n] }) };
    const results = calls.map(({ name, said }, at) => ({
      callId: `call-${n}-${at}`,
      name,
      text: said,
      isError: false,
    }));
    return [reply, { role: "tool", results }];
  });
  return [opening, ...later];
}

const conversation = fc.array(turn, { maxLength: 25, size: "max" }).map(conversationOf);
/** The conversation at each request, from the first on. */
const requests = (all: readonly Message[]) => all.flatMap((_, at) => (at % 2 === 0 ? [all.slice(0, at + 1)] : []));

const callIds = (message: Message | undefined) =>
  message?.role === "assistant" ? toolCallsOf(message).map(({ id }) => id) : [];
const resultIds = (message: Message | undefined) =>
  message?.role === "tool" ? message.results.map(({ callId }) => callId) : [];

describe("the window on a conversation", () => {
  test("has every message in its place, and every call its result", () => {
    fc.assert(
      fc.property(conversation, (all) => {
        const { messages } = keepContext(all, within);
        expect(messages.map(({ role }) => role)).toEqual(all.map(({ role }) => role));
        for (const [at, message] of messages.entries()) {
          if (message.role === "assistant") expect(resultIds(messages[at + 1])).toEqual(callIds(message));
          expect(callIds(message)).toEqual(callIds(all[at]));
        }
      }),
    );
  });

  test("holds the newest turn as it is, and what people and the model said", () => {
    fc.assert(
      fc.property(conversation, fc.constantFrom(within, everything), (all, limit) => {
        const { messages } = keepContext(all, limit);
        expect(messages.slice(-2)).toEqual(all.slice(-2));
        expect(messages.filter(({ role }) => role === "user")).toEqual(all.filter(({ role }) => role === "user"));
      }),
    );
  });

  test("holds at least what is to be kept of the newest, and little more than what may come together", () => {
    fc.assert(
      fc.property(conversation, (all) => {
        const { messages, cut } = keepContext(all, within);
        const weight = (of: readonly Message[]) => of.reduce((sum, message) => sum + weightOf(message), 0);
        expect(weight(messages)).toBeGreaterThanOrEqual(Math.min(within.keep, weight(all)));
        // But for the one message that is too big to be dropped yet, and the newest turn.
        const rest = [...all.slice(cut + 1, -2)];
        expect(weight(rest)).toBeLessThanOrEqual(within.keep + within.free);
        expect(weight(messages.slice(0, cut))).toBe(0);
      }),
    );
  });

  test("begins with the window of the turn before, unless something was dropped", () => {
    fc.assert(
      fc.property(conversation, (all) => {
        const windows = requests(all).map((asked) => keepContext(asked, within));
        for (const [n, { messages, cut }] of windows.entries()) {
          const before = windows[n - 1];
          if (before === undefined) continue;
          expect(cut).toBeGreaterThanOrEqual(before.cut);
          if (cut === before.cut) expect(messages.slice(0, -2)).toEqual(before.messages);
        }
      }),
    );
  });

  test("is seldom cut: two cuts gain at least what is worth one", () => {
    const small = fc.record({ name: fc.constant("bash"), given: fc.constant(""), said: fc.constant("x".repeat(600)) });
    const many = fc.array(fc.record({ calls: fc.array(small, { maxLength: 1 }), echo: fc.boolean() }), {
      maxLength: 80,
      size: "max",
    });
    fc.assert(
      fc.property(fc.oneof(conversation, many.map(conversationOf)), (all) => {
        const cuts = new Set(requests(all).map((asked) => cutOf(asked, within))).size - 1;
        const total = all.reduce((sum, message) => sum + weightOf(message), 0);
        expect(cuts).toBeLessThanOrEqual(1 + (2 * total) / within.free);
      }),
    );
  });

  test("is the whole conversation while that is short", () => {
    const short = conversationOf([
      { calls: [{ name: "bash", given: "x".repeat(700), said: "y".repeat(900) }], echo: true },
    ]);
    expect(keepContext(short, within)).toEqual({ messages: short, cut: 0 });
  });

  test("never holds again what stricter limits have dropped", () => {
    const longer = fc.array(turn, { maxLength: 60, size: "max" }).map(conversationOf);
    const scaled = limits.map(({ keep, free }) => ({ keep: keep / 10, free: free / 10 }));
    fc.assert(
      fc.property(longer, (all) => {
        const cuts = scaled.map((limit) => cutOf(all, limit));
        expect(cuts).toEqual(cuts.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe("what is dropped leaves a line", () => {
  /** The first turn of a conversation, when all that can be is dropped. */
  const dropped = (reply: AssistantMessage, said: string) => {
    const [asked] = toolCallsOf(reply);
    if (asked === undefined) return expect.unreachable();
    const results = [{ callId: asked.id, name: asked.name, text: said, isError: false }];
    const next = calling(aCall("bash", { command: "ls" }, "next"));
    const done = { role: "tool", results: [{ callId: "next", name: "bash", text: "a.txt", isError: false }] } as const;
    const { messages } = keepContext(
      [opening, reply, { role: "tool", results }, next, { ...done, results: [...done.results] }],
      everything,
    );
    const [, answer, result] = messages;
    return { answer, text: result?.role === "tool" ? result.results[0]?.text : undefined };
  };

  test.each([
    [
      "a command, with how it ended",
      calling(aCall("bash", { command: "npm  test 2>&1\n" })),
      `${"x".repeat(12_000)}\n[exit code 1]`,
      "[output of `npm test 2>&1` dropped, 12,014 characters, exit code 1; run it again to see it]",
    ],
    [
      "a file that was read, with its lines",
      calling(aCall("read_file", { path: "src/a.ts", from_line: 10, to_line: 900 })),
      "x".repeat(3_000),
      "[output of `read_file src/a.ts 10 900` dropped, 3,000 characters; call it again to see it]",
    ],
    [
      "a search",
      calling(aCall("search", { pattern: "sum\\(", path: "src" })),
      "x".repeat(501),
      "[output of `search sum\\( src` dropped, 501 characters; call it again to see it]",
    ],
    ["nothing long", calling(aCall("bash", { command: "ls" })), "x".repeat(500), "x".repeat(500)],
  ])("for %s", (_, reply, said, line) => {
    expect(dropped(reply, said)).toEqual({ answer: reply, text: line });
  });

  test("that names the file where the shell has saved the whole output", async () => {
    await using sandbox = await processSandbox();
    await using shell = lazyShell(sandbox);
    const reply = calling(aCall("bash", { command: "seq 1 20000; false" }));
    const context = { sandbox, shell, files: shell, signal: AbortSignal.timeout(30_000) };
    const [asked] = toolCallsOf(reply);
    if (asked === undefined) return expect.unreachable();
    const { result } = await runTool(asked, coderTools, context);
    const file = /whole output is in (\S+);/.exec(result.text)?.[1];
    expect(file).toMatch(/^\//);
    expect(dropped(reply, result.text).text).toBe(
      `[output of \`seq 1 20000; false\` dropped, ${result.text.length.toLocaleString("en")} characters, exit code 1; run it again or read ${file}]`,
    );
  });

  test("for each long argument, and then the provider's own form of the answer goes", () => {
    const big = { ...calling(aCall("write_file", { path: "a.ts", content: "x".repeat(4_000) })), echo: ["signed"] };
    expect(dropped(big, "Wrote a.ts (4000 bytes).").answer).toEqual(
      calling(
        aCall("write_file", {
          path: "a.ts",
          content: "[4,000 characters dropped here; they were sent whole, read the file to see what is there now]",
        }),
      ),
    );
  });

  test("and what Nightshift noted at the end of it stays", () => {
    const notes = [{ about: "turns" as const, text: "Note from Nightshift: 2 turns are left." }];
    const result = { callId: "call-bash", name: "bash", text: `${"x".repeat(4_000)}\n[exit code 1]`, isError: true };
    const said = withNotes({ role: "tool", results: [result] }, notes);
    const later = [calling(aCall("bash", {})), { role: "tool" as const, results: [] }];
    const all = [opening, calling(aCall("bash", { command: "make" })), said, ...later];
    const line = "[output of `make` dropped, 4,014 characters, exit code 1; run it again to see it]";
    expect(keepContext(all, everything).messages[2]).toEqual({
      role: "tool",
      results: [{ ...result, text: `${line}\n\n${notes[0]?.text}` }],
      notes,
    });
  });

  test("that tells several calls of a turn apart", () => {
    const both = calling(aCall("bash", { command: "make" }, "one"), aCall("bash", { command: "make test" }, "two"));
    const said = { name: "bash", text: "x".repeat(4_000), isError: false };
    const results = ["one", "two"].map((callId) => ({ callId, ...said }));
    const later = [calling(aCall("bash", {})), { role: "tool" as const, results: [] }];
    const { messages } = keepContext([opening, both, { role: "tool", results }, ...later], everything);
    expect(messages[2]).toMatchObject({
      results: [{ text: expect.stringContaining("`make`") }, { text: expect.stringContaining("`make test`") }],
    });
  });

  test("and an answer that stays whole keeps its provider's own form", () => {
    const small = { ...calling(aCall("bash", { command: "ls" })), echo: ["signed"] };
    expect(dropped(small, "x".repeat(4_000)).answer).toEqual(small);
  });
});
