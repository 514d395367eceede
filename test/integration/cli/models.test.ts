import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { ModelScript } from "../../../src/playground/model/model-script.ts";
import { startScriptedModel } from "../../../src/playground/model/start-scripted-model.ts";

const main = resolve(import.meta.dirname, "../../../src/main.ts");
const key = "sk-very-secret";

/** Runs the real command line in a folder of its own with this settings file and nothing of ours in its environment. */
async function models(
  settings: string | undefined,
  args: readonly string[],
  keys: Readonly<Record<string, string>> = {},
) {
  await using folder = await mkdtempDisposable(join(tmpdir(), "nightshift-models-"));
  if (settings !== undefined) await writeFile(join(folder.path, "nightshift.yaml"), settings);
  const env = { PATH: process.env["PATH"], ...keys };
  return await new Promise<{ code: number | string | null; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [main, "models", ...args], { cwd: folder.path, env }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

const said = (text: string, status?: number): ModelScript => ({
  turns: [{ reply: { text, usage: { input: 20, output: 5 } }, fault: status ? { status, times: 9 } : undefined }],
});

const hybrid = (address = "http://127.0.0.1:1/v1") => `
llm:
  providers:
    own: { base_url: "${address}", model: mine, api_key_env: OWN_KEY, price: { input: 1, output: 2 }, context_tokens: 9000 }
  routing:
    code: [claude, own]
    review: [own]
  ensemble:
    planning: { propose: [claude, own], reconcile: claude }
`;
const keys = { ANTHROPIC_API_KEY: key, OWN_KEY: key };

test("nightshift models --json says who does what, at which price, from where, and whether the key is set", async () => {
  const { code, stdout, stderr } = await models(hybrid(), ["--json"], keys);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).not.toContain(key);
  const document = JSON.parse(stdout);
  const route = { strategy: "fallback", models: [{ name: "claude/claude-sonnet-5-5" }, { name: "own/mine" }] };
  const ensemble = { propose: ["claude/claude-sonnet-5-5", "own/mine"], reconcile: "claude/claude-sonnet-5-5" };
  expect(document).toMatchObject({
    ok: true,
    problems: [],
    mode: "hybrid",
    routes: {
      code: { ...route, ensemble: null },
      planning: { ...route, ensemble },
      review: { ...route, models: [{ name: "own/mine" }], ensemble: null },
      triage: { ...route, ensemble: null },
    },
  });
  expect(document.models).toEqual([
    {
      name: "claude/claude-sonnet-5-5",
      api: "messages",
      key: { variable: "ANTHROPIC_API_KEY", set: true },
      price: { input: 2, output: 10, cache_read: 0.1, cache_write: 2.5, batch: 0.5, tiers: [] },
      price_from: expect.stringMatching(/^https:\/\/.* of \d{4}-\d{2}-\d{2}$/),
      context_tokens: 1_000_000,
      health: null,
    },
    {
      name: "own/mine",
      api: "chat",
      key: { variable: "OWN_KEY", set: true },
      price: { input: 1, output: 2, cache_read: 1, cache_write: 1.25, batch: 1, tiers: [] },
      price_from: "llm.providers.own.price",
      context_tokens: 9000,
      health: null,
    },
  ]);
});

test("nightshift models tells all that is wrong, by file and line, and ends with 1", async () => {
  const { code, stdout } = await models(`${hybrid()}  weights: { own: 2 }\n`, [], { ANTHROPIC_API_KEY: key });
  expect(code).toBe(1);
  expect(stdout).toContain("OWN_KEY is NOT set");
  expect(stdout).toContain("✗ nightshift.yaml:6: llm.providers.own needs its key, but OWN_KEY is not set");
  expect(stdout).toContain("✗ nightshift.yaml:10: llm.weights counts only with `strategy: weighted`");
});

test("nightshift models --check asks every model once and tells what that cost", async () => {
  await using server = await startScriptedModel({ script: said("ready") });
  const settings = hybrid(server.openaiBaseUrl);
  const environment = { ...keys, ANTHROPIC_BASE_URL: server.anthropicBaseUrl };
  const { code, stdout } = await models(settings, ["--json", "--check"], environment);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).models).toMatchObject([
    { health: { ok: true, cost_usd: (20 * 2 + 5 * 10) / 1e6 } },
    { health: { ok: true, cost_usd: (20 * 1 + 5 * 2) / 1e6 } },
  ]);
  expect(server.requests).toHaveLength(2);
});

test("nightshift models --check ends with 1 when one of them fails, says why, and never tells the key", async () => {
  await using server = await startScriptedModel({ script: said("ready") });
  await using broken = await startScriptedModel({ script: said("never", 401) });
  const environment = { ...keys, ANTHROPIC_BASE_URL: server.anthropicBaseUrl };
  const { code, stdout } = await models(hybrid(broken.openaiBaseUrl), ["--check"], environment);
  expect(code).toBe(1);
  expect(stdout).toMatch(/✓ answers/);
  expect(stdout).toMatch(/✗ .*refused the key.*Set OWN_KEY/);
  expect(stdout).not.toContain(key);
});

test("every server that says nothing is named when its time is over", async () => {
  const server = createServer(() => undefined);
  await using _server = { [Symbol.asyncDispose]: async () => void server.close() };
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const environment = { ...keys, ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` };
  const settings = hybrid(`http://127.0.0.1:${port}/v1`);
  const { code, stdout } = await models(settings, ["--check", "--seconds", "0.2"], environment);
  expect(code).toBe(1);
  const silent = "✗ No answer within 0.2 s. The call to";
  expect(stdout).toContain(`${silent} claude model claude-sonnet-5-5 at http://127.0.0.1:${port} was cancelled.`);
  expect(stdout).toContain(`${silent} own model mine at http://127.0.0.1:${port}/v1 was cancelled.`);
});

test("without a settings file no error names one", async () => {
  const { code, stdout } = await models(undefined, []);
  expect(code).toBe(1);
  expect(stdout).toContain("✗ There is no model to work with: set ANTHROPIC_API_KEY");
});

test("a settings file that cannot be read ends with 2 and says where", async () => {
  const { code, stderr } = await models("llm:\n  strategy: random\n", ["--json"]);
  expect(code).toBe(2);
  expect(stderr).toContain('nightshift.yaml:2: "llm.strategy" must be one of fallback, round-robin, weighted.');
});

test("nightshift models --help has an example", async () => {
  const { code, stdout } = await models("", ["--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("nightshift models --check");
});
