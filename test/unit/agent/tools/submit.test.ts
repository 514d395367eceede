import { expect, test } from "vitest";
import { lazyShell } from "../../../../src/agent/lazy-shell.ts";
import { runTool } from "../../../../src/agent/run-tool.ts";
import { coderToolsFor } from "../../../../src/agent/tools/coder-tools.ts";
import { aCall } from "../../../support/played-model.ts";
import { processSandbox } from "../../../support/process-sandbox.ts";

const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up." };
const met = (criterion: string) => ({ criterion, how: "npm test has a test of it" });

test("a hand-in says of each criterion of the ticket how it was checked, and is not taken before", async () => {
  await using sandbox = await processSandbox();
  const shell = lazyShell(sandbox);
  const context = { sandbox, shell, files: shell, signal: new AbortController().signal };
  const handIn = async (criteria: readonly string[], checked?: readonly object[]) => {
    const call = aCall("submit", { ...change, ...(checked && { checked }) });
    const { result, submitted } = await runTool(call, coderToolsFor("claude/x", criteria), context);
    return { taken: submitted !== undefined, text: result.text };
  };
  const two = ["Shares add up", "It is fast"];
  for (const checked of [undefined, [met("Shares add up")]]) {
    const { taken, text } = await handIn(two, checked);
    expect(taken).toBe(false);
    expect(text).toMatch(
      /^Nothing was handed in: `checked` has [01] of 2 entries\. Submit again, .*:\n<untrusted source="acceptance criteria">\n- Shares add up\n- It is fast\n<\/untrusted>$/,
    );
  }
  expect(await handIn(two, two.map(met))).toEqual({ taken: true, text: "Submitted." });
  expect(await handIn([])).toEqual({ taken: true, text: "Submitted." });
});
