import { describe, expect, test } from "vitest";
import { type Message, message, textOf, toolCallsOf } from "../../src/domain/message.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { ask, cases, conversation, formats, never, picture, resultsOf, tools } from "../support/model-formats.ts";

describe.each(cases)("a model that speaks as $name, $how", ({ name, grows, build }) => {
  test("looks at the pictures of a person and of a tool", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            expect: { last_includes: ["Like this"], last_images: 1 },
            reply: { tool_calls: [{ name: "read" }, { name: "run" }] },
          },
          { expect: { last_includes: ["a screenshot", "ok"], last_images: 2 }, reply: { text: "Seen." } },
          { expect: { last_includes: ["Really?"], last_images: 0 }, reply: { text: "Yes." } },
        ],
      },
    });
    const model = build(server);
    const opening: Message = { role: "user", text: "Like this.", images: [picture] };
    const first = await model.complete({ ...ask(""), messages: [opening] }, { signal: never });
    const results = toolCallsOf(first).map(({ id, name: tool }) =>
      tool === "read"
        ? { callId: id, name: tool, text: "a screenshot", isError: false, images: [picture, picture] }
        : { callId: id, name: tool, text: "ok", isError: false },
    );
    const messages: Message[] = [opening, first, { role: "tool", results }];
    const second = await model.complete({ ...ask(""), messages }, { signal: never });
    expect(textOf(second)).toBe("Seen.");
    messages.push(second, { role: "user", text: "Really?" });
    expect(textOf(await model.complete({ ...ask(""), messages }, { signal: never }))).toBe("Yes.");
    expect(server.complaints).toEqual([]);
  });

  test("gets its thoughts back as they were, and no other provider or API does", async () => {
    await using server = await startScriptedModel({
      script: {
        turns: [
          {
            reply: {
              thinking: "Hmm, a.ts.",
              text: "I look.",
              tool_calls: [{ name: "read", arguments: { path: "a.ts" } }],
            },
          },
          { reply: { text: "Done." } },
        ],
      },
    });
    const model = build(server, { provider: "one" });
    const first = await model.complete(ask("Go."), { signal: never });
    expect(first.content).toMatchObject([{ type: "text", text: "I look." }, { type: "tool_call" }]);
    const stored: Message = message.parse(JSON.parse(JSON.stringify(first)));
    const next = ask("Go.", stored, resultsOf(first));

    await model.complete(next, { signal: never });
    for (const other of formats) await other.build(server, { provider: "another" }).complete(next, { signal: never });
    for (const other of formats.filter(({ grows: of, name: its }) => of !== grows && its !== name)) {
      await other.build(server, { provider: "one" }).complete(next, { signal: never });
    }

    const [back, ...others] = server.requests.slice(1).map(({ body }) => JSON.stringify(body));
    const thought = name === "openai" ? Buffer.from("Hmm, a.ts.").toString("base64") : "Hmm, a.ts.";
    expect(back).toContain(thought);
    for (const other of others) expect(other).not.toContain(thought);
    expect(server.complaints).toEqual([]);
  });

  test("sends what it has sent before unchanged, and only adds to it", async () => {
    await using server = await startScriptedModel({ script: conversation });
    const model = build(server);
    const messages: Message[] = [{ role: "user", text: "Go.", images: [picture] }];
    for (const _ of conversation.turns) {
      // The order in which tools are given is not the model's business.
      const turned = server.requests.length % 2 === 0 ? tools : tools.toReversed();
      const reply = await model.complete({ ...ask(""), messages, tools: turned }, { signal: never });
      const calls = toolCallsOf(reply);
      messages.push(reply, calls.length > 0 ? resultsOf(reply, [picture]) : { role: "user", text: "Go on." });
    }
    // The marks up to where to cache move on.
    const sent = server.requests.map(({ body }) =>
      JSON.stringify(body).replaceAll(',"cache_control":{"type":"ephemeral"}', ""),
    );
    expect(sent).toHaveLength(4);
    for (const [index, later] of sent.slice(1).entries()) {
      const before = sent[index]?.slice(0, -"]}".length) ?? "";
      expect(before).toContain(`"${grows}":[`);
      expect(later.startsWith(`${before},`), `${before}\n${later}`).toBe(true);
    }
  });
});
