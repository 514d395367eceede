import { describe, expect, test } from "vitest";
import { parseRepositorySettings } from "../../../src/config/parse-repository-settings.ts";
import { parseSettings } from "../../../src/config/parse-settings.ts";
import { operatorSettings, repositorySettings } from "../../../src/domain/settings.ts";

describe("repository settings", () => {
  const defaults = repositorySettings.parse({});

  test("are what the file says, with defaults for the rest", () => {
    expect(parseRepositorySettings("test: npm test\nprotected_branches: [release]\n")).toEqual({
      ok: true,
      settings: { ...defaults, test: "npm test", protected_branches: ["release"] },
    });
  });

  test.each(["", "# nothing yet\n", "---\n"])("may be empty: %j", (text) => {
    expect(parseRepositorySettings(text)).toEqual({ ok: true, settings: defaults });
  });

  test("cannot be changed once they are read", () => {
    const parsed = parseRepositorySettings("protected_branches: [release]");
    expect(Object.isFrozen(parsed.ok && parsed.settings.protected_branches)).toBe(true);
  });

  test("name the line of an unknown key, what is allowed, and the nearest name", () => {
    expect(problems("setup: npm ci\n\ntests: npm test\n")).toEqual([
      '.github/nightshift.yml:3: "tests" is not a setting here. Allowed: setup, test, test_reports, lint, typecheck, protected_branches, protected_paths, test_secrets, max_changed_lines, max_file_kb, max_refinements, triage, plan, approval, answers_from. Did you mean "test"?',
    ]);
  });

  test("guess no name where none is near", () => {
    expect(problems("_extends: .github\n")).toEqual([
      '.github/nightshift.yml:1: "_extends" is not a setting here. Allowed: setup, test, test_reports, lint, typecheck, protected_branches, protected_paths, test_secrets, max_changed_lines, max_file_kb, max_refinements, triage, plan, approval, answers_from.',
    ]);
  });

  test("tell all problems at once, in the order of the file", () => {
    expect(problems("protected_branches:\n  - main\n  - 5\nsetup: [npm, ci]\nformat: x\n")).toEqual([
      '.github/nightshift.yml:3: "protected_branches.1" must be text.',
      '.github/nightshift.yml:4: "setup" must be text.',
      '.github/nightshift.yml:5: "format" is not a setting here. Allowed: setup, test, test_reports, lint, typecheck, protected_branches, protected_paths, test_secrets, max_changed_lines, max_file_kb, max_refinements, triage, plan, approval, answers_from.',
    ]);
  });

  test("say where the YAML breaks", () => {
    expect(problems("setup: npm ci\ntest: 'npm test\n")[0]).toMatch(/^\.github\/nightshift\.yml:\d: not valid YAML: /);
  });

  test("refuse a key that is there twice", () => {
    expect(problems("test: a\nsetup: b\ntest: c\n")).toEqual([".github/nightshift.yml:3: this key is there twice."]);
  });

  test.each(["- test", "npm test", "5"])("refuse a file that holds no settings: %j", (text) => {
    expect(problems(text)).toEqual([
      ".github/nightshift.yml:1: the file must be a group of settings: setup, test, test_reports, lint, typecheck, protected_branches, protected_paths, test_secrets, max_changed_lines, max_file_kb, max_refinements, triage, plan, approval, answers_from.",
    ]);
  });

  test("refuse a file whose aliases would fill the memory", () => {
    const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(", ")}]`);
    expect(problems(["l0: &l0 [x, x, x]", ...levels].join("\n"))[0]).toMatch(/not valid YAML/);
  });
});

describe("operator settings", () => {
  test("name the place of a nested key and what is allowed there", () => {
    const text = "llm:\n  providers:\n    claude:\n      modle: claude-opus-4-5\n";
    expect(operatorProblems(text)).toEqual([
      'nightshift.yaml:4: "llm.providers.claude.modle" is not a setting here. ' +
        "Allowed: enabled, api_key_env, api, price, free, reasoning, structured, stream, max_output_tokens, context_tokens, base_url, model. " +
        'Did you mean "model"?',
    ]);
  });

  test.each([
    ["llm: { strategy: random }", '"llm.strategy" must be one of fallback, round-robin, weighted.'],
    [
      "llm: claude",
      '"llm" must be a group of settings: mode, providers, routing, strategy, weights, ensemble, retry, escalation.',
    ],
    ["llm: { routing: { code: claude } }", '"llm.routing.code" must be a list.'],
    [
      "llm: { routing: { codes: [claude] } }",
      '"llm.routing.codes" is not a setting here. Allowed: code, planning, review, triage. Did you mean "code"?',
    ],
    ["llm: { weights: { local: 0 } }", '"llm.weights.local" must be more than 0.'],
    [
      "llm: { providers: { groq: { api: soap } } }",
      '"llm.providers.groq.api" must be one of messages, responses, chat.',
    ],
    [
      "llm: { providers: { claude: { reasoning: hard } } }",
      '"llm.providers.claude.reasoning" must be low, medium, high or a number of tokens.',
    ],
    ["llm: { escalation: { complexity: 2 } }", '"llm.escalation.complexity" must be at most 1.'],
    ["label: ''", '"label" must be text of at least 1 character.'],
    ["workers: { concurrency: 0 }", '"workers.concurrency" must be at least 1.'],
    ["workers: { concurrency: 1.5 }", '"workers.concurrency" must be a whole number.'],
    ["workers: { concurrency: many }", '"workers.concurrency" must be a number.'],
    ["budget: { minutes: 0 }", '"budget.minutes" must be more than 0.'],
    ["llm: { providers: { local: { base_url: localhost } } }", '"llm.providers.local.base_url" must be a URL.'],
    ["llm: { providers: { local: { enabled: 1 } } }", '"llm.providers.local.enabled" must be true or false.'],
    [
      "llm: { providers: { claude: { price: { input: 1 } } } }",
      '"llm.providers.claude.price.output" must be a number.',
    ],
  ])("say what is allowed: %s", (text, problem) => {
    expect(operatorProblems(text)).toEqual([`nightshift.yaml:1: ${problem}`]);
  });

  test("never repeat a key that somebody wrote where its variable's name belongs", () => {
    const [problem] = operatorProblems("llm:\n  providers:\n    claude:\n      api_key_env: sk-ant-secret\n");
    expect(problem).toContain('nightshift.yaml:4: "llm.providers.claude.api_key_env" must be the name of');
    expect(problem).not.toContain("sk-ant-secret");
  });

  test("a key that could be a name is refused as well, and not repeated", () => {
    const key = `gsk${"_"}${"aB3".repeat(17)}`;
    const problems = operatorProblems(`llm:\n  providers:\n    groq:\n      api_key_env: ${key}\n`);
    expect(problems).toEqual([expect.stringContaining("must be the name of an environment variable, never the key")]);
    expect(problems.join()).not.toContain(key);
  });

  test("take a provider of one's own, and name what is allowed in it", () => {
    expect(operatorProblems('llm: { providers: { groq: { base_url: "https://x.example", model: m } } }')).toEqual([]);
    expect(operatorProblems("llm:\n  providers:\n    groq:\n      key: x\n")[0]).toMatch(
      /^nightshift\.yaml:4: "llm\.providers\.groq\.key" is not a setting here\. Allowed: enabled, api_key_env/,
    );
  });

  test("keep the other defaults of a provider of which one key is changed", () => {
    const parsed = parseSettings("llm: { providers: { claude: { enabled: false } } }", operatorSettings, "f");
    expect(parsed).toMatchObject({
      settings: { llm: { providers: { claude: { enabled: false, model: "claude-sonnet-5-5" } } } },
    });
  });
});

function problems(text: string): readonly string[] {
  const parsed = parseRepositorySettings(text);
  return parsed.ok ? [] : parsed.problems;
}

function operatorProblems(text: string): readonly string[] {
  const parsed = parseSettings(text, operatorSettings, "nightshift.yaml");
  return parsed.ok ? [] : parsed.problems;
}
