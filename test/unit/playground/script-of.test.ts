import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { RecordedConversation } from "../../../src/domain/recording.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { modelScript } from "../../../src/playground/model/model-script.ts";
import { scriptOf, scriptText } from "../../../src/playground/model/script-of.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const head = { system: "", tools: [], models: [], maxOutputTokens: 1, prompts: { system: [], opening: [] } };
const asked = { head: "", level: 0, shortened: [] };
const conversation = (text: string, ...replies: readonly AssistantMessage[]): RecordedConversation => ({
  step: "code",
  opening: { role: "user", text },
  turns: replies.map((reply, at) => ({ n: at + 1, head, asked, reply, results: undefined, costUsd: 0 })),
});
const usage = { input: 10, output: 100, cache_read: 0, cache_write: 0 };

test("a conversation is a script's turns, with what the model said and called, and without secrets", () => {
  const talk = conversation(
    "Solve it.",
    calling(aCall("bash", { command: "echo a-secret-of-ours" }), aCall("bash", "{broken", "two")),
    saying(""),
    saying("I know a-secret-of-ours."),
  );
  expect(scriptOf([talk, conversation("Never begun.")], redactor(["a-secret-of-ours"]))).toEqual({
    turns: [
      {
        expect: { tools: ["bash"] },
        reply: {
          tool_calls: [
            { name: "bash", arguments: { command: "echo [redacted]" } },
            { name: "bash", arguments: "{broken" },
          ],
          stop_reason: "tool_calls",
          usage,
        },
      },
      { expect: { tools: [] }, reply: { text: "(empty)", tool_calls: [], stop_reason: "end", usage } },
      { expect: { tools: [] }, reply: { text: "I know [redacted].", tool_calls: [], stop_reason: "end", usage } },
    ],
  });
});

test("several conversations are told apart by a line that only one of them begins with", () => {
  const script = scriptOf(
    [conversation("Solve it.\nFirst.", saying("One.")), conversation("Solve it.\nAgain.", saying("Two."))],
    redactor([]),
  );
  expect(modelScript.parse(script).conversations.map(({ when }) => when.first_includes)).toEqual([
    ["First."],
    ["Again."],
  ]);
});

test("a conversation that was summarised goes on as another one, which begins with the summary's first words", () => {
  const summary = { goal: "Know a-secret-of-ours", done: [], open: [], state: [], tests: [], decisions: [] };
  const made = { upTo: 2, summary, text: "Turns 1 to 2 are gone. Go on." };
  const talk = conversation("Solve it.", ...["One.", "Two.", "Three.", "Four."].map((words) => saying(words)));
  const words = { role: "user", text: "Note it down. In JSON." } as const;
  const summaries = [
    { after: 1, made: null, costUsd: 0 },
    { after: 3, made, costUsd: 0, asked: { shownTo: 3, messages: [words, saying(JSON.stringify(summary))] } },
  ];
  const script = modelScript.parse(scriptOf([{ ...talk, summaries }], redactor(["a-secret-of-ours"])));
  const said = script.conversations.map(({ when, after, turns }) => [
    when.first_includes,
    [...when.later_includes, after],
    turns.map(({ fault, reply }) => (fault === undefined ? reply.text : "too long")),
  ]);
  expect(said).toEqual([
    [["Solve it.", "Turns 1 to 2 are gone"], [0], ["Three.", "Four."]],
    [["Solve it."], ["Note it down", 3], [JSON.stringify({ ...summary, goal: "Know [redacted]" })]],
    [["Solve it."], [0], ["One.", "Two.", "Three.", "too long"]],
  ]);
});

test("code in a script keeps its long lines", () => {
  const code = "  return shares.map((share) => Math.round((cents * share) / total)); // and some more\n}\n";
  const script = scriptOf([conversation("Go.", calling(aCall("bash", { code, more: code.repeat(3) })))], (it) => it);
  expect(parse(scriptText(script))).toEqual(script);
});

test("a script that is written is read as it was, whatever its texts look like", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", "  ", "\t", ") => {", "a word ".repeat(20), "#", ": ", "- ", "|", ">2", "\r\n", "'", '"'),
  );
  const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((parts) => parts.join("").toWellFormed());
  fc.assert(
    fc.property(text, text, (said, given) => {
      const script = scriptOf([conversation("Go.", saying(said), calling(aCall("bash", { given })))], (it) => it);
      expect(parse(scriptText(script))).toEqual(script);
    }),
  );
});
