import { expect, test } from "vitest";
import { stuckBy, type Turn } from "../../../src/agent/stuck.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import type { ToolCall } from "../../../src/domain/message.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const failed = (call: ToolCall, text = "exit code 1"): Turn => answered(call, text, true);
const succeeded = (call: ToolCall): Turn => answered(call, "done", false);
const idle: Turn = { reply: saying("Well."), results: { role: "user", text: "Go on." } };
const test1 = aCall("bash", { command: "npm test" });
const edit = aCall("edit_file", { path: "a.js", old_text: "a", new_text: "b" });
const unreadable = aCall("bash", '{"command": "npm te');

function answered(call: ToolCall, text: string, isError: boolean): Turn {
  const result = { callId: call.id, name: call.name, text, isError };
  return { reply: calling(call), results: { role: "tool", results: [result] } };
}

const cause = (...turns: readonly Turn[]) => stuckBy(turns, coderTools)?.cause;

test("an agent is stuck when it calls no tool three times in a row", () => {
  expect(cause(idle, idle, idle)).toBe("idle");
  expect(cause(idle, idle)).toBeUndefined();
  expect(cause(idle, idle, succeeded(test1), idle)).toBeUndefined();
});

test("an agent is stuck when the same call fails in the same way four times in a row", () => {
  const four = [test1, test1, test1, test1].map((call) => failed(call));
  expect(stuckBy(four, coderTools)).toEqual({
    cause: "repeating",
    reason: "the same call of bash failed in the same way 4 times in a row",
  });
  expect(cause(...four.slice(1))).toBeUndefined();
});

test("calls in one turn count one by one", () => {
  const calls = [1, 2, 3, 4].map((n) => aCall("bash", { command: "npm test" }, `call-${n}`));
  const results = calls.map(({ id, name }) => ({ callId: id, name, text: "exit code 1", isError: true }));
  expect(cause({ reply: calling(...calls), results: { role: "tool", results } })).toBe("repeating");
});

test.each([
  ["fails in another way", [failed(test1), failed(test1), failed(test1), failed(test1, "exit code 2")]],
  ["is another one", [failed(test1), failed(test1), failed(test1), failed(aCall("bash", { command: "npm t" }))]],
  ["follows an edit", [failed(test1), failed(test1), succeeded(edit), failed(test1)]],
  ["succeeds", [succeeded(test1), succeeded(test1), succeeded(test1), succeeded(test1)]],
  ["succeeds at last", [failed(test1), failed(test1), failed(test1), succeeded(test1)]],
])("an agent is not stuck where a call %s", (_, turns) => {
  expect(cause(...turns)).toBeUndefined();
});

test("an agent is stuck when three calls in a row cannot be read", () => {
  const unknown = aCall("browse", { url: "https://example.com" });
  const wrong = aCall("bash", { line: "ls" });
  expect(cause(failed(unreadable), failed(unknown), failed(wrong))).toBe("malformed");
  expect(cause(failed(unreadable), failed(wrong))).toBeUndefined();
  expect(cause(failed(unreadable), succeeded(test1), failed(unreadable), failed(wrong))).toBeUndefined();
});
