import { describe, expect, test } from "vitest";
import { kindsOfWork } from "../../../src/domain/route.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { resolveModels } from "../../../src/models/resolve-models.ts";

const claudeKey = { ANTHROPIC_API_KEY: "sk-ant-test" };
const openaiKey = { OPENAI_API_KEY: "sk-test" };
const keys = { ...claudeKey, ...openaiKey };
const local = { model: "qwen" };

type Environment = Record<string, string>;

const resolve = (llm: unknown, environment: Environment) =>
  resolveModels(operatorSettings.parse({ llm }).llm, environment);

/** Who does each kind of work; all is well. */
function doing(llm: unknown, environment: Environment) {
  const { routes, problems } = resolve(llm, environment);
  expect(problems).toEqual([]);
  return Object.fromEntries(kindsOfWork.map((work) => [work, routes[work].models.map(({ value }) => value.name)]));
}

function chosen(llm: unknown, environment: Environment): string {
  const { code, ...others } = doing(llm, environment);
  for (const route of Object.values(others)) expect(route).toEqual(code);
  return (code ?? []).join();
}

/** What is wrong, each as `path: text`. */
function problems(llm: unknown, environment: Environment = keys): readonly string[] {
  return resolve(llm, environment).problems.map(({ path, text }) => `${path.join(".")}: ${text}`);
}

describe("without a mode and a routing", () => {
  test("the first provider whose key is set works: Claude, then OpenAI", () => {
    expect(chosen({}, keys)).toBe("claude/claude-sonnet-5-5");
    expect(chosen({}, openaiKey)).toBe("openai/gpt-5");
    expect(chosen({}, { ...openaiKey, ANTHROPIC_API_KEY: "" })).toBe("openai/gpt-5");
  });

  test("a provider that is switched off is passed over, and a local server needs no key", () => {
    const providers = { claude: { enabled: false }, local };
    expect(chosen({ providers }, keys)).toBe("openai/gpt-5");
    expect(chosen({ providers }, claudeKey)).toBe("local/qwen");
  });

  test("and without any key the message says all the ways out", () => {
    const [message] = problems({}, {});
    for (const part of ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "llm.providers.local"]) expect(message).toContain(part);
  });
});

test("an address with a password is refused without repeating it, wherever it stands", () => {
  const providers = { local: { model: "qwen", base_url: "http://me:swordfish@localhost:8000/v1" } };
  const found = [
    ...problems({ mode: "local", providers }),
    ...problems({ mode: "openai" }, { ...openaiKey, OPENAI_BASE_URL: "https://me:swordfish@gateway.example/v1" }),
  ];
  expect(found).toEqual([
    expect.stringContaining("llm.providers.local holds a user or a password"),
    expect.stringContaining("llm.providers.openai holds a user or a password"),
  ]);
  expect(found.join()).not.toContain("swordfish");
});

describe("a mode", () => {
  const routing = { code: ["claude"], review: ["openai"] };

  test("sends all work to its provider, so that to change it is all that it takes", () => {
    expect(chosen({ mode: "openai" }, keys)).toBe("openai/gpt-5");
    expect(chosen({ mode: "local", routing, providers: { local } }, {})).toBe("local/qwen");
    expect(chosen({ mode: "local" }, claudeKey)).toBe("local/local");
  });

  test("may name a provider of one's own", () => {
    const fast = {
      base_url: "https://fast.example/v1",
      model: "m",
      price: { input: 1, output: 1 },
      api_key_env: "FAST",
    };
    expect(chosen({ mode: "fast", providers: { fast } }, { FAST: "x" })).toBe("fast/m");
  });

  test("that names nothing is refused with what may be named", () => {
    expect(problems({ mode: "gpt" })).toEqual([
      "llm.mode: llm.mode names no provider. Allowed: hybrid, claude, openai, local.",
    ]);
    expect(problems({ mode: "toString" })).toHaveLength(1);
  });

  test("of hybrid needs a routing", () => {
    expect(problems({ mode: "hybrid" })).toEqual([expect.stringContaining("llm.routing names no models")]);
  });

  test("without its key names the setting and the variable", () => {
    expect(problems({ mode: "claude" }, {})).toEqual([
      "llm.mode: llm.providers.claude needs its key, but ANTHROPIC_API_KEY is not set: set it, or name another variable in llm.providers.claude.api_key_env.",
    ]);
    const providers = { openai: { api_key_env: "TEAM_KEY" } };
    expect(problems({ mode: "openai", providers }, {})[0]).toContain("TEAM_KEY");
    expect(chosen({ mode: "openai", providers }, { TEAM_KEY: "x" })).toBe("openai/gpt-5");
  });
});

describe("a routing", () => {
  test("says who does what; what has no route goes as code does", () => {
    const routing = { code: ["local", "claude/claude-opus-5-5"], review: ["openai"] };
    expect(doing({ routing, providers: { local } }, keys)).toEqual({
      code: ["local/qwen", "claude/claude-opus-5-5"],
      planning: ["local/qwen", "claude/claude-opus-5-5"],
      review: ["openai/gpt-5"],
      triage: ["local/qwen", "claude/claude-opus-5-5"],
    });
  });

  test("may name models with slashes in their names, at the price of whoever serves them", () => {
    const groq = { base_url: "https://api.groq.com/openai/v1", api_key_env: "GROQ" };
    const { routes } = resolve({ routing: { code: ["groq/openai/gpt-oss-120b"] }, providers: { groq } }, { GROQ: "x" });
    expect(routes.code.models[0]?.value).toMatchObject({
      name: "groq/openai/gpt-oss-120b",
      model: "openai/gpt-oss-120b",
      price: { input: 0.15 },
      contextTokens: 131_072,
    });
  });

  test("tells all that is wrong with it at once, and where", () => {
    const providers = {
      local: { enabled: false },
      nowhere: { model: "m", free: true },
      empty: { base_url: "https://x.example", free: true },
    };
    const routing = { code: ["local", "clade", "openai/gpt-99", "claude"], triage: ["nowhere", "empty", "claude"] };
    expect(problems({ providers, routing }, openaiKey)).toEqual([
      expect.stringMatching(/^llm\.routing\.code\.0: llm\.providers\.local is switched off: set .*enabled to true/),
      expect.stringMatching(
        /^llm\.routing\.code\.1: llm\.routing\.code\.1 names no provider\. Allowed: claude, openai/,
      ),
      expect.stringMatching(/^llm\.routing\.code\.2: The price of gpt-99 is not known.*price:.*free: true/),
      expect.stringMatching(/^llm\.routing\.code\.3: .*ANTHROPIC_API_KEY is not set/),
      expect.stringMatching(/^llm\.routing\.triage\.0: llm\.providers\.nowhere has no address: give it a base_url/),
      expect.stringMatching(/^llm\.routing\.triage\.1: llm\.providers\.empty has no model/),
    ]);
  });

  test("that sleeps under another mode is still read for names that nobody has", () => {
    expect(problems({ mode: "openai", routing: { code: ["clade", "claude"] } }, openaiKey)).toHaveLength(1);
  });

  test("never repeats what somebody wrote where a name belongs, since it may be a key", () => {
    expect(problems({ routing: { code: ["sk-secret"] } })[0]).not.toContain("sk-secret");
  });
});

describe("weights", () => {
  const routing = { code: ["claude", "openai"] };

  test("are those of the entries as they are written, and 1 elsewhere", () => {
    const { routes } = resolve({ routing, strategy: "weighted", weights: { openai: 3 } }, keys);
    expect(routes.code.models.map(({ weight }) => weight)).toEqual([1, 3]);
  });

  test("for nobody, or for a strategy that has none, are refused", () => {
    expect(problems({ routing, strategy: "weighted", weights: { local: 2 } })).toEqual([
      expect.stringMatching(/^llm\.weights\.local: .*for nobody/),
    ]);
    expect(problems({ routing, weights: { claude: 2 } })).toEqual([
      expect.stringMatching(/^llm\.weights: .*only with `strategy: weighted`/),
    ]);
  });
});

describe("an ensemble", () => {
  const routing = { code: ["claude"] };

  test("names who proposes and who reconciles", () => {
    const ensemble = { planning: { propose: ["claude", "openai"], reconcile: "claude/claude-opus-5-5" } };
    const { routes, problems: none } = resolve({ routing, ensemble }, keys);
    expect(none).toEqual([]);
    expect(routes.planning.ensemble).toMatchObject({
      propose: [{ name: "claude/claude-sonnet-5-5" }, { name: "openai/gpt-5" }],
      reconcile: { name: "claude/claude-opus-5-5" },
    });
    expect(routes.code.ensemble).toBeUndefined();
  });

  test("for code, of one model only, or of somebody unknown is refused", () => {
    const two = { propose: ["claude", "openai"], reconcile: "claude" };
    const ensemble = {
      code: two,
      review: { ...two, propose: ["claude", "claude"] },
      triage: { ...two, reconcile: "x" },
    };
    expect(problems({ routing, ensemble })).toEqual([
      expect.stringMatching(/^llm\.ensemble\.code: llm\.ensemble\.code cannot be/),
      expect.stringMatching(/^llm\.ensemble\.review\.propose: .*needs two models/),
      expect.stringMatching(/^llm\.ensemble\.triage\.reconcile: .*names no provider/),
    ]);
  });
});

describe("what a server speaks", () => {
  test.each([
    ["claude", {}, {}, "messages"],
    ["openai", {}, {}, "responses"],
    ["openai", { base_url: "https://api.openai.com/v1" }, {}, "responses"],
    ["openai", { base_url: "https://gateway.example/v1" }, {}, "chat"],
    ["openai", {}, { OPENAI_BASE_URL: "https://gateway.example/v1" }, "chat"],
    ["openai", { api: "chat" }, {}, "chat"],
    ["local", {}, {}, "chat"],
    ["own", { base_url: "https://x.example", model: "m", free: true }, {}, "chat"],
    ["own", { base_url: "https://x.example", model: "m", free: true, api: "messages" }, {}, "messages"],
  ])("%s with %j and %j is %s", (mode, settings, environment, api) => {
    const { routes } = resolve({ mode, providers: { [mode]: settings } }, { ...keys, ...environment });
    expect(routes.code.models[0]?.value.provider.api).toBe(api);
  });

  test("is asked at the address of the settings, else of the environment", () => {
    const addressOf = (settings: object, environment: Environment) =>
      resolve({ mode: "claude", providers: { claude: settings } }, { ...claudeKey, ...environment }).routes.code
        .models[0]?.value.provider.baseUrl;
    const ANTHROPIC_BASE_URL = "https://from.environment";
    expect(addressOf({}, {})).toBeUndefined();
    expect(addressOf({}, { ANTHROPIC_BASE_URL })).toBe(ANTHROPIC_BASE_URL);
    expect(addressOf({ base_url: "https://from.settings" }, { ANTHROPIC_BASE_URL })).toBe("https://from.settings");
  });
});
