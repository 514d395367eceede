import { expect, test } from "vitest";
import { answered } from "../../../src/models/structured.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const answer = { name: "verdict", schema: { type: "object", properties: { level: { type: "integer" } } } };
const plain = { system: "", messages: [], tools: [], maxOutputTokens: 100 };
const request = { ...plain, answer };
const given = aCall("verdict", { level: 3 });

test("the arguments of the tool are the answer, and what it would go back as is forgotten", () => {
  const reply = { ...calling(given), echo: [{ type: "tool_use" }] };
  expect(answered(reply, request, "tool")).toEqual({ ...saying('{"level":3}'), usage: reply.usage });
});

test("arguments that are not JSON are the answer as they are", () => {
  expect(answered(calling(aCall("verdict", '{"level": ')), request, "tool")).toMatchObject({
    content: [{ text: '{"level": ' }],
  });
});

test("an answer beside other calls is left out, since it was given before they were answered", () => {
  const read = aCall("read", {});
  const reply = answered(calling(read, given), request, "tool");
  expect(reply).toMatchObject({ content: [read], stopReason: "tool_calls" });
});

test("an answer that was cut off says so", () => {
  const cut = { ...calling(aCall("verdict", '{"level"')), stopReason: "max_tokens" as const };
  expect(answered(cut, request, "tool").stopReason).toBe("max_tokens");
});

test("a reply that was not asked for data, or gives none, stays as it is", () => {
  const reply = calling(given);
  expect(answered(reply, plain, "tool")).toBe(reply);
  const words = saying("Level three.");
  for (const way of ["native", "tool", "text"] as const) expect(answered(words, request, way)).toBe(words);
});
