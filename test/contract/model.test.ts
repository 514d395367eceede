import { describe, expect, test } from "vitest";
import { textOf, toolCallsOf } from "../../src/domain/message.ts";
import { costUsd } from "../../src/domain/model.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { ask, cases, never, one, price } from "../support/model-formats.ts";

describe.each(cases)("a model that speaks as $name, $how", ({ name, stream, build }) => {
  test("answers with text, what it used and who it is", async () => {
    const usage = { input: 10, output: 50, cache_read: 100, cache_write: 20, reasoning: 30 };
    await using server = await startScriptedModel({ script: one({ text: "Hello, you.", usage }) });
    const model = build(server);

    const answer = await model.complete(ask("Hello?"), { signal: never });

    expect(answer).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "Hello, you." }],
      stopReason: "end",
      usage: { input: 10, output: 50, cacheRead: 100, cacheWrite: 20, reasoning: 30 },
      model: model.name,
    });
    expect(costUsd(answer.usage, price)).toBeCloseTo((10 * 3 + 50 * 15 + 100 * 0.3 + 20 * 3.75) / 1e6, 12);
    expect(model.name).toMatch(new RegExp(`^${name.split(" ")[0]}/.*-test$`));
    expect(server.requests[0]?.body).toMatchObject({ stream });
    expect(server.complaints).toEqual([]);
  });

  test("asks for two tools at once and takes their results, a failed one among them", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            expect: { system_includes: ["careful"], last_includes: ["Mend it"], tools: ["read", "run"] },
            reply: {
              text: "I look first.",
              tool_calls: [
                { name: "read", arguments: { path: "a.ts" } },
                { name: "run", arguments: { line: "npm test" } },
              ],
            },
          },
          {
            expect: {
              last_includes: ["let a = 1;", "ERROR: command not found"],
              conversation_includes: ["I look first."],
            },
            reply: { text: "Done." },
          },
        ],
      },
    });
    const model = build(server);
    const first = await model.complete(ask("Mend it."), { signal: never });
    const [read, run] = toolCallsOf(first);
    expect(first.stopReason).toBe("tool_calls");
    expect(textOf(first)).toBe("I look first.");
    expect([read?.arguments, run?.arguments]).toEqual([{ path: "a.ts" }, { line: "npm test" }]);

    const second = await model.complete(
      ask("Mend it.", first, {
        role: "tool",
        results: [
          { callId: read?.id ?? "", name: "read", text: "let a = 1;", isError: false },
          { callId: run?.id ?? "", name: "run", text: "command not found", isError: true },
        ],
      }),
      { signal: never },
    );

    expect(textOf(second)).toBe("Done.");
    expect(server.complaints).toEqual([]);
  });

  test("hands broken tool arguments over as the text they are, and can go on after them", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          { reply: { tool_calls: [{ name: "read", arguments: '{"path": "a.ts' }] } },
          { expect: { last_includes: ["not JSON"] }, reply: { text: "Sorry." } },
        ],
      },
    });
    const model = build(server);
    const first = await model.complete(ask("Read a.ts."), { signal: never });
    const [call] = toolCallsOf(first);
    expect(call?.arguments).toBe('{"path": "a.ts');

    const results = [{ callId: call?.id ?? "", name: "read", text: "the arguments are not JSON", isError: true }];
    const second = await model.complete(ask("Read a.ts.", first, { role: "tool", results }), { signal: never });

    expect(textOf(second)).toBe("Sorry.");
    expect(server.complaints).toEqual([]);
  });

  test.each(["max_tokens", "refusal"] as const)("says when it stopped for %s", async (stopReason) => {
    await using server = await startScriptedModel({ script: one({ text: "Well", stop_reason: stopReason }) });
    expect((await build(server).complete(ask("Go on."), { signal: never })).stopReason).toBe(stopReason);
  });

  test("says how much context it has, where it was told", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Hello." }) });
    expect(build(server, { contextTokens: 4096 })).toMatchObject({ contextTokens: 4096 });
    expect(build(server)).not.toHaveProperty("contextTokens");
  });
});
