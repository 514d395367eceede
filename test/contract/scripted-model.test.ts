import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadModelScript, type ModelScript } from "../../src/playground/model/model-script.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";

const key = "sk-secret";

const script = {
  turns: [
    {
      expect: { system_includes: ["careful"], last_includes: ["bug 7"], tools: ["read"] },
      reply: { text: "I look.", tool_calls: [{ name: "read", arguments: { path: "a.ts" } }] },
    },
    { expect: { last_includes: ["let a"] }, reply: { text: "Done.", usage: { input: 9, output: 2, cache_read: 4 } } },
  ],
} satisfies ModelScript;

const formats = [
  {
    name: "Anthropic's",
    post: (server: ScriptedModel, body: object) =>
      post(`${server.url}/v1/messages`, { "x-api-key": key, "anthropic-version": "2023-06-01" }, body),
    firstTurn: (text = "Mend bug 7.") => ({
      model: "claude-test",
      max_tokens: 100,
      system: "Be careful.",
      messages: [{ role: "user", content: text }],
      tools: [{ name: "read", input_schema: { type: "object" } }],
    }),
    secondTurn: (result: string, id = "call_1_1") => ({
      messages: [
        { role: "user", content: "Mend bug 7." },
        { role: "assistant", content: [{ type: "tool_use", id: "call_1_1", name: "read", input: {} }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: result }] },
      ],
    }),
    asked: {
      content: [
        { type: "text", text: "I look." },
        { type: "tool_use", id: "call_1_1", name: "read", input: { path: "a.ts" } },
      ],
      stop_reason: "tool_use",
    },
    done: {
      content: [{ type: "text", text: "Done." }],
      usage: { input_tokens: 9, output_tokens: 2, cache_read_input_tokens: 4, cache_creation_input_tokens: 0 },
    },
  },
  {
    name: "OpenAI's",
    post: (server: ScriptedModel, body: object) =>
      post(`${server.url}/v1/chat/completions`, { authorization: `Bearer ${key}` }, body),
    firstTurn: (text = "Mend bug 7.") => ({
      model: "gpt-test",
      messages: [
        { role: "system", content: "Be careful." },
        { role: "user", content: text },
      ],
      tools: [{ type: "function", function: { name: "read", parameters: { type: "object" } } }],
    }),
    secondTurn: (result: string, id = "call_1_1") => ({
      messages: [
        { role: "system", content: "Be careful." },
        { role: "user", content: "Mend bug 7." },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_1_1", type: "function", function: { name: "read", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: id, content: result },
      ],
    }),
    asked: {
      choices: [
        {
          message: {
            content: "I look.",
            tool_calls: [{ id: "call_1_1", function: { name: "read", arguments: '{"path":"a.ts"}' } }],
          },
          finish_reason: "tool_calls",
        },
      ],
    },
    done: {
      choices: [{ message: { content: "Done." }, finish_reason: "stop" }],
      usage: { prompt_tokens: 13, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } },
    },
  },
  {
    name: "OpenAI's Responses",
    post: (server: ScriptedModel, body: object) =>
      post(`${server.url}/v1/responses`, { authorization: `Bearer ${key}` }, body),
    firstTurn: (text = "Mend bug 7.") => ({
      model: "gpt-test",
      store: false,
      instructions: "Be careful.",
      input: [{ role: "user", content: text }],
      tools: [{ type: "function", name: "read", parameters: { type: "object" }, strict: false }],
    }),
    secondTurn: (result: string, id = "call_1_1") => ({
      input: [
        { role: "user", content: "Mend bug 7." },
        { type: "function_call", call_id: "call_1_1", name: "read", arguments: "{}" },
        { type: "function_call_output", call_id: id, output: result },
      ],
    }),
    asked: {
      status: "completed",
      output: [
        { type: "message", content: [{ type: "output_text", text: "I look." }] },
        { type: "function_call", call_id: "call_1_1", name: "read", arguments: '{"path":"a.ts"}' },
      ],
    },
    done: {
      output: [{ content: [{ text: "Done." }] }],
      usage: { input_tokens: 13, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2, total_tokens: 15 },
    },
  },
];

describe.each(formats)("a scripted model in $name format", ({ post, firstTurn, secondTurn, asked, done }) => {
  test("plays the script, whoever asks and wherever they are in it", async () => {
    await using server = await startScriptedModel({ script });
    const second = { ...firstTurn(), ...secondTurn("let a = 1;") };

    // A run that resumes at its second turn, between two askings of another that is at its first.
    expect((await post(server, firstTurn())).body).toMatchObject(asked);
    expect((await post(server, second)).body).toMatchObject(done);
    expect((await post(server, firstTurn())).body).toMatchObject(asked);
    expect(server.complaints).toEqual([]);
  });

  test("refuses what the script does not expect, and says what came instead", async () => {
    await using server = await startScriptedModel({ script });
    const { status, body } = await post(server, { ...firstTurn("Mend bug 8."), tools: undefined });
    expect(status).toBe(400);
    expect(server.complaints).toHaveLength(1);
    expect(server.complaints[0]).toContain('Turn 1 of 2: expected the last message to include "bug 7"');
    expect(server.complaints[0]).toContain("Mend bug 8.");
    expect(server.complaints[0]).toContain('expected the tool "read" to be offered; offered: none');
    expect(body).toMatchObject({ error: { message: server.complaints[0] } });
  });

  test("refuses to go on when the script is over", async () => {
    await using server = await startScriptedModel({ script: { turns: script.turns.slice(0, 1) } });
    const { status } = await post(server, { ...firstTurn(), ...secondTurn("let a = 1;") });
    expect(status).toBe(400);
    expect(server.complaints).toEqual(["Turn 2 of 1: the script is over, yet the model was asked again."]);
  });

  test("refuses a tool result that answers no call, as the provider would", async () => {
    await using server = await startScriptedModel({ script });
    const { status } = await post(server, { ...firstTurn(), ...secondTurn("let a = 1;", "call_unknown") });
    expect(status).toBe(400);
    expect(server.complaints[0]).toContain("call_1_1");
  });

  test("counts tokens the same way every time when the script does not say", async () => {
    await using server = await startScriptedModel({ script });
    const first = await post(server, firstTurn());
    expect(first.body).toEqual((await post(server, firstTurn())).body);
    expect(JSON.stringify(first.body)).toMatch(/"(input|prompt)_tokens":[1-9].*"(output|completion)_tokens":[1-9]/);
  });

  test("meets its fault as often as the script says, for every run anew", async () => {
    const fault = { status: 529, times: 2, retry_after: 3, message: "too much" };
    await using server = await startScriptedModel({ script: { turns: [{ fault, reply: { text: "Here." } }] } });
    const statuses = [];
    for (const text of ["one", "one", "two", "one", "two", "two"]) {
      const { status, headers, body } = await post(server, firstTurn(text));
      statuses.push(status);
      if (status === 529) {
        expect(headers.get("retry-after")).toBe("3");
        expect(body).toMatchObject({ error: { message: "too much" } });
      }
    }
    expect(statuses).toEqual([529, 529, 529, 200, 529, 200]);
    expect(server.complaints).toEqual([]);
  });

  test("picks the first conversation whose condition matches", async () => {
    const turns = (text: string) => [{ reply: { text } }];
    await using server = await startScriptedModel({
      script: {
        conversations: [
          { when: { first_includes: ["review"] }, turns: turns("Reviewed.") },
          { when: { first_includes: ["bug 7"], system_includes: ["careful"] }, turns: turns("Mended.") },
        ],
      },
    });
    expect(JSON.stringify((await post(server, firstTurn())).body)).toContain("Mended.");
    expect(JSON.stringify((await post(server, firstTurn("Please review."))).body)).toContain("Reviewed.");
    expect((await post(server, firstTurn("Sing."))).status).toBe(400);
    expect(server.complaints[0]).toContain('no conversation for a request that begins "Sing."');
  });

  test("records what was asked, without the key", async () => {
    await using server = await startScriptedModel({ script });
    await post(server, firstTurn());
    expect(server.requests).toMatchObject([{ body: firstTurn() }]);
    expect(JSON.stringify(server.requests)).not.toContain(key);
  });
});

test.each(["/v1/messages", "/v1/chat/completions", "/v1/responses"])("%s wants a key, any key", async (path) => {
  await using server = await startScriptedModel({ script });
  expect((await post(`${server.url}${path}`, {}, {})).status).toBe(401);
});

test("the port is free again after disposal", async () => {
  const first = await startScriptedModel({ script });
  const port = Number(new URL(first.url).port);
  await expect(startScriptedModel({ script, port })).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}`);
  await first[Symbol.asyncDispose]();
  await using second = await startScriptedModel({ script, port });
  expect(second.url).toBe(first.url);
});

test("a script is read from YAML, and a wrong one says where it is wrong", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "nightshift-script-"));
  const path = join(folder.path, "script.yaml");
  await writeFile(path, "turns:\n  - reply: { text: Hello. }\n");
  await using server = await startScriptedModel({ script: await loadModelScript(path) });
  expect(server.complaints).toEqual([]);

  await writeFile(path, "turns:\n  - reply: {}\n");
  await expect(loadModelScript(path)).rejects.toThrow(/script\.yaml is not a model script.*`text` or `tool_calls`/s);
  await writeFile(path, "turns:\n  - reply: { text: Hello. }\n    expects: {}\n");
  await expect(loadModelScript(path)).rejects.toThrow(/expects/);
  await expect(loadModelScript(`${path}.gone`)).rejects.toMatchObject({ code: "bad_input" });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function post(url: string, headers: Record<string, string>, body: object): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
