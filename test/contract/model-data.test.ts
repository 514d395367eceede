import { describe, expect, test } from "vitest";
import { z } from "zod";
import { askFor } from "../../src/agent/ask-for.ts";
import { textOf, toolCallsOf } from "../../src/domain/message.ts";
import { routeOf } from "../../src/models/route.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { ask, cases, never, one, resultsOf, verdict } from "../support/model-formats.ts";
import { pocket } from "../support/pocket.ts";

describe.each(cases)("a model that speaks as $name, $how", ({ build }) => {
  test.each(["native", "tool", "text"] as const)(
    "answers with data of a shape, asked for as %s",
    async (structured) => {
      const answer = { level: 3, files: [{ path: "a.ts" }] };
      await using server = await startScriptedModel({ script: one({ answer }) });
      const request = { ...ask("How bad?"), tools: [], answer: { name: "verdict", schema: verdict } };
      const reply = await build(server, { structured }).complete(request, { signal: never });
      expect(reply).toMatchObject({ content: [{ type: "text" }], stopReason: "end" });
      expect(JSON.parse(textOf(reply))).toEqual(answer);
      expect(reply).not.toHaveProperty("echo");
      const body = JSON.stringify(server.requests[0]?.body);
      expect(body.includes("json_schema")).toBe(structured === "native");
      expect(body.includes("tool_choice")).toBe(structured === "tool");
      expect(server.complaints).toEqual([]);
    },
  );

  test.each(["native", "tool", "text"] as const)(
    "is told what is wrong with its data and mends it, asked for as %s",
    async (structured) => {
      const again = { last_includes: ["not the answer that was asked for", "level"] };
      await using server = await startScriptedModel({
        script: {
          turns: [{ reply: { answer: { level: "high" } } }, { expect: again, reply: { answer: { level: 3 } } }],
        },
      });
      const route = routeOf({ models: [build(server, { structured })], purse: pocket(10) });
      const schema = z.object({ level: z.int() });
      const asked = await askFor(route, { ...ask("How bad?"), tools: [] }, schema, { signal: never });
      expect(asked).toMatchObject({ status: "answered", value: { level: 3 } });
      expect(server.complaints).toEqual([]);
    },
  );

  test("may use its tools before it answers with data", async () => {
    const answer = { level: 1 };
    await using server = await startScriptedModel({
      script: { turns: [{ reply: { tool_calls: [{ name: "read" }] } }, { reply: { answer } }] },
    });
    const model = build(server, { structured: "tool" });
    const request = { ...ask("How bad?"), answer: { name: "verdict", schema: verdict } };
    const first = await model.complete(request, { signal: never });
    expect(toolCallsOf(first)).toMatchObject([{ name: "read" }]);
    const second = await model.complete(
      { ...request, messages: [...request.messages, first, resultsOf(first)] },
      { signal: never },
    );
    expect(toolCallsOf(second)).toEqual([]);
    expect(JSON.parse(textOf(second))).toEqual(answer);
    expect(server.complaints).toEqual([]);
  });
});
