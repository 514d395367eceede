import { expect, test } from "vitest";
import { explain } from "../../../src/domain/errors.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { chooseModel } from "../../../src/models/choose-model.ts";

const claudeKey = { ANTHROPIC_API_KEY: "sk-ant-test" };
const openaiKey = { OPENAI_API_KEY: "sk-test" };

test("the first provider whose key is set works: Claude, then OpenAI", () => {
  expect(chosen({}, { ...openaiKey, ...claudeKey })).toBe("anthropic/claude-sonnet-5-5");
  expect(chosen({}, openaiKey)).toBe("openai/gpt-5");
  expect(chosen({}, { ...openaiKey, ANTHROPIC_API_KEY: "" })).toBe("openai/gpt-5");
});

test("a provider that is switched off is passed over, and a local server needs no key", () => {
  const providers = { claude: { enabled: false }, local: { model: "qwen" } };
  expect(chosen({ providers }, { ...claudeKey, ...openaiKey })).toBe("openai/gpt-5");
  expect(chosen({ providers }, claudeKey)).toBe("local/qwen");
});

test("the mode wins over the order", () => {
  expect(chosen({ mode: "openai" }, { ...openaiKey, ...claudeKey })).toBe("openai/gpt-5");
  expect(chosen({ mode: "local" }, claudeKey)).toBe("local/local");
});

test("a key may stand in a variable of another name", () => {
  const providers = { claude: { api_key_env: "TEAM_KEY", model: "claude-haiku-4-5" } };
  expect(chosen({ providers }, { TEAM_KEY: "sk-ant-test" })).toBe("anthropic/claude-haiku-4-5");
});

test("a missing key names the setting and the variable", () => {
  expect(refusal({ mode: "claude" }, {})).toMatch(/ANTHROPIC_API_KEY.*llm\.providers\.claude\.api_key_env/);
  expect(refusal({ mode: "openai", providers: { openai: { api_key_env: "TEAM_KEY" } } }, {})).toContain("TEAM_KEY");
});

test("without any model the message says all the ways out", () => {
  const message = refusal({}, {});
  for (const part of ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "llm.providers.local"]) expect(message).toContain(part);
});

test("a model without a price is refused, with the place to say it", () => {
  const openai = { model: "gpt-99" };
  expect(refusal({ mode: "openai", providers: { openai } }, openaiKey)).toContain("llm.providers.openai");
  const priced = { openai: { ...openai, price: { input: 1, output: 2 } } };
  expect(chosen({ mode: "openai", providers: priced }, openaiKey)).toBe("openai/gpt-99");
});

function chosen(llm: unknown, environment: Record<string, string>): string {
  return chooseModel(operatorSettings.parse({ llm }).llm, environment).name;
}

function refusal(llm: unknown, environment: Record<string, string>): string {
  try {
    chosen(llm, environment);
  } catch (error) {
    expect(error).toMatchObject({ code: "bad_settings", retryable: false });
    return explain(error);
  }
  throw new Error("it was not refused");
}
