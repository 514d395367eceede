import { describe, expect, test } from "vitest";
import { parseCall } from "../../../src/agent/parse-call.ts";
import { editFile } from "../../../src/agent/tools/edit-file.ts";
import { plan } from "../../../src/agent/tools/plan.ts";
import { readFile } from "../../../src/agent/tools/read-file.ts";

describe("arguments are taken for what they are meant to be:", () => {
  const edit = { old_text: "a", new_text: "b" };

  test.each([
    [
      "a list that was written as a text",
      editFile,
      { path: "x", edits: JSON.stringify([edit]) },
      { path: "x", edits: [edit] },
    ],
    ["one edit instead of a list", editFile, { path: "x", edits: edit }, { path: "x", edits: [edit] }],
    ["one edit as a text", editFile, { path: "x", edits: JSON.stringify(edit) }, { path: "x", edits: [edit] }],
    [
      "numbers as texts",
      readFile,
      { path: "x", from_line: "2", to_line: "30" },
      { path: "x", from_line: 2, to_line: 30 },
    ],
    ["null for what is left out", readFile, { path: "x", from_line: null }, { path: "x" }],
    ["a text that looks like a number stays one", readFile, { path: "12" }, { path: "12" }],
  ])("%s", (_, tool, given, args) => {
    expect(parseCall(tool, given)).toEqual({ ok: true, args });
  });
});

test("wrong arguments are answered with the names that there are", () => {
  const problem = (tool: typeof editFile | typeof plan, given: unknown) => {
    const parsed = parseCall(tool, given);
    return parsed.ok ? "" : parsed.problem;
  };
  const claudes = { file_path: "x", old_string: "a", new_string: "b" };
  expect(problem(editFile, claudes)).toMatch(
    /Unrecognized keys: .*\nIt takes: path, edits \(each: old_text, new_text, \[replace_all\]\)\.$/s,
  );
  expect(problem(plan, { items: "[" })).toMatch(/at items\nIt takes: items \(each: text, status\)\.$/);
  expect(problem(plan, '{"items": [')).toMatch(/^The arguments of plan are not a JSON object: Unexpected end/);
  expect(problem(plan, '"[]"')).toBe("The arguments of plan are not a JSON object: a JSON string. Send them again.");
});
