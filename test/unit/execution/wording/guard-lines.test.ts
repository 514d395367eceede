import { expect, test } from "vitest";
import type { GuardFinding } from "../../../../src/domain/guard-finding.ts";
import { guardDoubts } from "../../../../src/execution/wording/guard-lines.ts";

const large: GuardFinding = { rule: "size", severity: "draft", file: "a.bin", line: null, text: "it is large" };
const owners: GuardFinding = {
  rule: "protected-paths",
  severity: "draft",
  file: "CODEOWNERS",
  line: 3,
  text: "who decides",
};

test("what only one rule holds against a change needs no name of it, since the command has it", () => {
  expect(guardDoubts([large, { ...owners, severity: "note" }])).toEqual(["`a.bin`: it is large"]);
});

test("what several rules hold against a change is told with the word by which each is waived", () => {
  expect(guardDoubts([large, owners])).toEqual([
    "`a.bin`: it is large (`size`)",
    "`CODEOWNERS:3`: who decides (`protected-paths`)",
  ]);
});
