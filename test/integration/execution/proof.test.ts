import { afterAll, beforeAll, expect, test } from "vitest";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let issue = 3000;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

const price = { input: 0, output: 1, cacheRead: 0, cacheWrite: 0 };
const write = (path: string, content: string) => aCall("write_file", { path, content }, `call-${path}`);
const submit = (more: object = {}) => calling(aCall("submit", { title: "T", what: "W.", why: "Y.", ...more }));

const sumTest = (...lines: readonly string[]) =>
  ['const { test } = require("node:test"); const assert = require("node:assert");', ...lines, ""].join("\n");
const addsUp = 'test("adds up", () => assert.equal(require("../sum.js")(1, 2), 3));';
const isOld = 'test("is old", () => assert.equal(1, 2));';
const broken = "module.exports = (a, b) => a - b;\n";
const mended = "module.exports = (a, b) => a + b;\n";

/** A repository that node:test tests, and a coder that gives these replies. */
async function aRun(of: {
  readonly files: Readonly<Record<string, string>>;
  readonly replies: readonly AssistantMessage[];
  readonly says?: object;
  readonly settings?: object;
  readonly wish?: { readonly title: string; readonly body: string };
}) {
  issue += 1;
  const repository = bareMirror(of.files);
  const model = playedModel(of.replies, price);
  const run = await aQueuedRun({
    ...{ store, repository, issue, models: modelsOf(model) },
    settings: of.settings ?? {},
    ...(of.wish && { wish: of.wish }),
    says: { test: "node --test", max_refinements: 1, ...of.says },
  });
  await run.attempt();
  repository[Symbol.dispose]();
  const { evidence } = await run.record();
  const opening = (request: number) => {
    const [first] = model.requests[request]?.messages ?? [];
    return first?.role === "user" ? first.text : "";
  };
  const tested = run.told("tests_finished").map(({ on, passed }) => `${on}: ${passed ? "green" : "red"}`);
  const body = run.pulls[0]?.body ?? "";
  return { ...run, model, evidence, opening, tested, body, draft: run.pulls[0]?.draft };
}

test("a test that fails without the change too does not count against it, and one that is new to fail does", async () => {
  const run = await aRun({
    files: { "sum.js": broken, "test/sum.test.js": sumTest(addsUp), "test/old.test.js": sumTest(isOld) },
    replies: [
      calling(write("sum.js", mended), write("test/new.test.js", sumTest('test("is new", () => assert.equal(5, 6));'))),
      submit(),
      calling(write("test/new.test.js", sumTest('test("is new", () => {});'))),
      submit(),
    ],
  });

  // The first round's failure was looked at twice.
  expect(run.tested).toEqual([
    ...["base: red", "head: red", "head again: red"],
    ...["head: red", "base with tests: red"],
  ]);
  expect(run.opening(2)).toContain("Tests that fail with the change and not without it:");
  expect(run.opening(2)).toMatch(/- test\/new\.test\.js: is new\n {2}AssertionError/);
  expect(run.opening(2)).not.toContain("- test/old.test.js: is old");

  expect(await run.status()).toBe("succeeded");
  expect(run.evidence).toMatchObject({
    passed: true,
    head: { passed: false, counts: { failed: 1 } },
    failures: { known_red: [{ name: "is old", file: "test/old.test.js" }], flaky: [], broken: [] },
    regression: {
      shown: true,
      tests: [
        { name: "adds up", base: "failed" },
        { name: "is new", base: "passed" },
      ],
    },
  });
  expect(run.body).toContain(
    "| `test/old.test.js: is old` | 🔴 failed | 🔴 failed | red without the change too, not counted: `1 == 2` |",
  );
});

test("a test that fails once and passes once is told, and does not count", async () => {
  // It fails in every second run on a commit that holds a.txt.
  const flaky = `test("flaky", () => { const fs = require("node:fs");
    if (!fs.existsSync("a.txt")) return;
    const seen = fs.existsSync(".seen"); fs.writeFileSync(".seen", ""); assert.ok(seen, "bad luck"); });`;
  const run = await aRun({
    files: { "test/flaky.test.js": sumTest(flaky), ".gitignore": ".seen\n" },
    replies: [calling(write("a.txt", "x\n")), submit()],
  });
  expect(run.tested).toEqual(["base: green", "head: red", "head again: green"]);
  expect(await run.status()).toBe("succeeded");
  expect(run.evidence?.failures).toMatchObject({ known_red: [], broken: [], flaky: [{ name: "flaky" }] });
  expect(run.body).toContain("| `test/flaky.test.js: flaky` | 🟢 passed | 🟡 both | flaky: ");
});

test("a bug's test is seen red on the base and green with the change", async () => {
  const run = await aRun({
    files: { "sum.js": broken, "test/old.test.js": sumTest('test("holds", () => {});') },
    replies: [calling(write("sum.js", mended), write("test/sum.test.js", sumTest(addsUp))), submit()],
  });
  expect(run.tested).toEqual(["base: green", "head: green", "base with tests: red"]);
  expect(run.evidence?.regression).toMatchObject({
    files: ["test/sum.test.js"],
    report: { passed: false, counts: { passed: 1, failed: 1 } },
    tests: [{ name: "adds up", file: "test/sum.test.js", base: "failed", head: "passed" }],
    shown: true,
  });
  expect(run.body).toContain("| Base with the change's tests |");
  expect(run.body).toContain("| `test/sum.test.js: adds up` | 🔴 failed | 🟢 passed | mended, was `-1 == 3` |");
  expect(run.body).toContain("**1 test that fails on the base passes with the change.**");
});

test("a bug's change whose tests show nothing says so, with the coder's reason", async () => {
  const run = await aRun({
    files: { "sum.js": broken, "test/old.test.js": sumTest('test("holds", () => {});') },
    replies: [
      calling(write("sum.js", mended), write("test/sum.test.js", sumTest('test("is there", () => {});'))),
      submit({ no_regression_test_because: "It is a typo that @nobody runs." }),
    ],
  });
  expect(run.evidence?.regression).toMatchObject({
    ...{ files: ["test/sum.test.js"], shown: false },
    tests: [{ name: "is there", base: "passed", head: "passed" }],
  });
  expect(run.body).toContain("No test of the change shows the bug: those that it brings pass without it.");
  expect(run.body).toContain("> It is a typo that @\u200bnobody runs.");
});

const twoRed = { "sum.js": broken, "test/sum.test.js": sumTest(addsUp), "test/old.test.js": sumTest(isOld) };

test("a bug whose own test is red still goes back to the coder, with what the test says", async () => {
  const run = await aRun({
    files: twoRed,
    replies: [calling(write("notes.txt", "Looked.\n")), submit(), calling(write("sum.js", mended)), submit()],
  });
  expect(run.tested).toEqual(["base: red", "head: red", "head: red"]);
  expect(run.told("refining")).toMatchObject([{ reason: "no test shows that the bug is mended" }]);
  expect(run.opening(2)).toContain("They fail as they do without it, and none has turned green");
  expect(run.opening(2)).toMatch(/- test\/sum\.test\.js: adds up\n {2}AssertionError/);
  expect(await run.status()).toBe("succeeded");
  expect(run.draft).toBe(false);
  expect(run.evidence).toMatchObject({
    failures: { known_red: [{ name: "is old" }] },
    regression: { shown: true, tests: [{ name: "adds up" }] },
  });
});

test("a bug that stays unproven costs one more round and is a draft", async () => {
  const run = await aRun({
    files: twoRed,
    says: { max_refinements: 2 },
    replies: [calling(write("a.txt", "1\n")), submit(), calling(write("a.txt", "2\n")), submit()],
  });
  expect(run.tested).toEqual(["base: red", "head: red", "head: red"]);
  expect(run.draft).toBe(true);
  expect(run.body).toContain("and none shows that the bug is mended");
});

test("a test that the ticket names is mended however red it was, and another one is left alone", async () => {
  const run = await aRun({
    files: twoRed,
    wish: { title: "Sums are red", body: "Since yesterday `test/sum.test.js` fails." },
    replies: [calling(write("a.txt", "1\n")), submit(), calling(write("sum.js", mended)), submit()],
  });
  expect(run.told("refining")).toMatchObject([{ reason: "a test that the ticket names is still red" }]);
  expect(run.opening(2)).toContain("Tests that the ticket names, which fail as they do without the change:");
  expect(run.opening(2)).not.toContain("- test/old.test.js: is old");
  expect(run.draft).toBe(false);
});

test("a linter that fails with the change only sends it back, and one that fails on the base too does not", async () => {
  const files = { "test/a.test.js": sumTest('test("holds", () => {});'), "a.txt": "good\n", "package.json": "{}" };
  const run = await aRun({
    files: { ...files, "package.json": '{"scripts":{"typecheck":"echo always wrong; exit 3"}}' },
    says: { lint: "! grep -n bad a.txt", typecheck: "npm run typecheck" },
    replies: [calling(write("a.txt", "bad\n")), submit(), calling(write("a.txt", "fine\n")), submit()],
  });
  expect(run.told("refining")).toMatchObject([{ reason: "the linter fails with the change" }]);
  expect(run.opening(2)).toContain("`! grep -n bad a.txt` fails with the change. It said:");
  expect(run.opening(2)).toContain("1:bad");
  expect(run.opening(2)).not.toContain("always wrong");
  expect(run.told("check_finished").map(({ on, check, passed }) => `${check} on ${on}: ${passed}`)).toEqual([
    ...["lint on head: false", "typecheck on head: false", "lint on base: true", "typecheck on base: false"],
    ...["lint on head: true", "typecheck on head: false", "typecheck on base: false"],
  ]);
  expect(await run.status()).toBe("succeeded");
  expect(run.evidence).toMatchObject({
    passed: true,
    checks: [
      { name: "lint", base: null, head: { passed: true } },
      { name: "typecheck", base: { passed: false, exit_code: 3 }, head: { passed: false } },
    ],
  });
  expect(run.body).toContain("| Type check, base |");
});

test("a report that the tests write names them, and an older one that lies there does not", async () => {
  const xml = (name: string) => `<testsuite><testcase name="${name}"><failure message="no"/></testcase></testsuite>`;
  const run = await aRun({
    files: { "reports/out.xml": xml("of old"), "a.txt": "x\n" },
    says: {
      test: `grep -q x a.txt || { echo '${xml("grep")}' > reports/new.xml; exit 1; }`,
      test_reports: ["reports/*.xml"],
    },
    replies: [calling(write("a.txt", "y\n")), submit(), calling(write("a.txt", "xy\n")), submit()],
  });
  expect(run.told("refining")).toMatchObject([{ reason: "1 test fails with the change" }]);
  expect(run.opening(2)).toContain("- grep\n  no\n");
  expect(run.opening(2)).not.toContain("of old");
  expect(await run.status()).toBe("succeeded");
});

test("a test that hangs is ended by its limit, with the last that it printed", async () => {
  const run = await aRun({
    files: { "a.txt": "x\n" },
    settings: { sandbox: { test_minutes: 0.02 } },
    says: { test: "grep -q x a.txt || { echo before the end; sleep 600; }", max_refinements: 0 },
    replies: [calling(write("a.txt", "y\n")), submit()],
  });
  expect(run.evidence?.head).toMatchObject({
    timed_out: true,
    passed: false,
    exit_code: null,
    output_tail: "before the end",
  });
  expect(await run.status()).toBe("needs_human");
  expect(run.body).toContain("🔴 timed out");
});
