import { expect, test } from "vitest";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { resolveModels } from "../../../src/models/resolve-models.ts";

test.each([
  ["claude-sonet-5-5", "hold: did you mean claude-sonnet-5-5? Else add `model: claude-sonet-5-5`"],
  ["something-else", "hold: add `model: something-else`"],
])("the model %s, whose price nobody knows, may be a slip of the pen", (model, says) => {
  const { llm } = operatorSettings.parse({ llm: { mode: "claude", providers: { claude: { model } } } });
  const { problems } = resolveModels(llm, { ANTHROPIC_API_KEY: "sk-ant-test" });
  expect(problems.map(({ text }) => text)).toEqual([expect.stringContaining(says)]);
});
