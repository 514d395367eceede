import { afterAll, beforeAll, expect, test } from "vitest";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 8800;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

const head = 'const { test } = require("node:test");\n';
const [counts, isEmpty] = ['test("counts", () => {});\n', 'test("is empty", () => {});\n'];

/** The pull request of a change that writes these files. */
async function pullOf(written: Readonly<Record<string, string>>) {
  issue += 1;
  const files = {
    "test/cart.test.js": `${head}${counts}${isEmpty}`,
    "test/bill.test.js": `${head}require("../bill.js");\ntest("a bill", () => {});\n`,
    "bill.js": "",
  };
  const repository = bareMirror(files);
  const writes = Object.entries(written).map(([path, content]) => aCall("write_file", { path, content }, path));
  const submit = calling(aCall("submit", { title: "T", what: "W.", why: "Y." }));
  const model = playedModel([calling(...writes), submit], { input: 0, output: 1, cacheRead: 0, cacheWrite: 0 });
  const wish = {
    title: "Carts count",
    body: "A cart in test/cart.test.js should say how many things are in it, and bill.js should not care how many there are at all.",
    ticketType: "chore" as const,
  };
  const models = modelsOf(model);
  const run = await aQueuedRun({
    store,
    repository,
    issue,
    models,
    settings: {},
    wish,
    says: { test: "node --test", max_refinements: 0 },
  });
  await run.attempt();
  repository[Symbol.dispose]();
  return { draft: run.pulls[0]?.draft, body: run.pulls[0]?.body ?? "", gone: (await run.record()).evidence?.gone };
}

test("tests that only do not run any more make a draft, and it says which", async () => {
  const { draft, body, gone } = await pullOf({
    "bill.js": "process.exit(0);\n",
    "test/cart.test.js": `${head}${counts}${isEmpty}test("is new", () => {});\n`,
  });
  expect(gone).toEqual({ tests: [{ name: "a bill" }], more: 0, unexplained: 1 });
  expect(draft).toBe(true);
  expect(body).toContain("1 test that ran on the base does not run with this change");
});

test("a test that is renamed is not gone", async () => {
  const { draft, gone } = await pullOf({
    "test/cart.test.js": `${head}${counts}${isEmpty.replace("is empty", "has nothing in it")}`,
  });
  expect([draft, gone]).toEqual([false, undefined]);
});

test("a test that is deleted is told, and nothing but the rule on deleted tests holds it back", async () => {
  const { draft, body, gone } = await pullOf({
    "test/cart.test.js": `${head}${counts}`,
    "bill.js": "exports.a = 1;\n",
  });
  expect(gone).toEqual({ tests: [{ name: "is empty" }], more: 0, unexplained: 0 });
  expect(body).toContain("**2 tests ran with this change, 3 on the base.** These no longer run: `is empty`.");
  expect(body).not.toContain("explains it");
  // That a test is deleted the rule on deleted tests says.
  expect(draft).toBe(body.includes("gone: the test `is empty`"));
});
