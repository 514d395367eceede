import { expect, test } from "vitest";
import { modelResultsTable } from "../../../src/cli/model-results.ts";

test("how models have done is a table", () => {
  const local = { model: "local/small", ticketType: "bug", tries: 12, passed: 9, share: 0.75 } as const;
  const claude = { model: "claude/large", ticketType: "feature", tries: 3, passed: 3, share: 1 } as const;
  const table = modelResultsTable([
    { ...local, meanCostUsd: 0, meanTurns: 14.25 },
    { ...claude, meanCostUsd: 0.5125, meanTurns: 9 },
  ]);
  expect(table).toMatchInlineSnapshot(`
    "model         tickets  tries  passed  share  mean cost  mean turns
    local/small   bug         12       9   75 %    $0.0000        14.3
    claude/large  feature      3       3  100 %    $0.5125         9.0"
  `);
});

test("before any try it says so", () => {
  expect(modelResultsTable([])).toBe("No model has been put to the test yet.");
});
