import { afterAll, beforeAll, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { Wish } from "../../../src/domain/intent.ts";
import type { AssistantMessage } from "../../../src/domain/message.ts";
import type { Model } from "../../../src/domain/model.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { executeRun } from "../../../src/execution/execute-run.ts";
import { readRecording } from "../../../src/execution/record/read-recording.ts";
import { replayRun } from "../../../src/execution/record/replay-run.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { unavailable } from "../../support/acting-model.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 0;
const sumTest = (name: string, ...lines: readonly string[]) =>
  [
    'const { test } = require("node:test"); const assert = require("node:assert");',
    `test("${name}", () => { ${lines.join("; ")} });`,
    "",
  ].join("\n");
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({
    "shop.js": "module.exports = { name: 'shop', version: 0 };\n",
    "test/shop.test.js": sumTest("has a name", 'assert.equal(typeof require("../shop.js").name, "string")'),
    "test/old.test.js": sumTest("is old", "assert.equal(1, 2)"),
  });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const edit = (n: number) =>
  calling(aCall("write_file", { path: "shop.js", content: `module.exports = { name: 'shop', version: ${n} };\n` }));
const suite = calling(aCall("bash", { command: "node --test" }));
const submit = calling(aCall("submit", { title: "Count versions", what: "W.", why: "Y." }));
/** Ten edits, with a run of all tests after each. */
const tenEdits = Array.from({ length: 10 }, (_, n) => [edit(n + 1), suite]).flat();

/** A run of a ticket on a repository that has a red test; at `breaksAt` its model is not there once. */
async function aRun(of: {
  readonly ticketType: Wish["ticketType"];
  readonly body?: string;
  readonly breaksAt?: number;
  readonly replies?: readonly AssistantMessage[];
}) {
  issue += 1;
  const played = playedModel(of.replies ?? [...tenEdits, submit]);
  let calls = 0;
  const model: Model = {
    ...played,
    async complete(...asked) {
      calls += 1;
      if (calls === of.breaksAt) throw unavailable;
      return await played.complete(...asked);
    },
  };
  const run = await aQueuedRun({
    ...{ store, repository, issue, models: modelsOf(model), says: { test: "node --test" } },
    wish: { title: "Versions", body: of.body ?? "Count them in `shop.js`.", ticketType: of.ticketType },
    settings: { budget: { ticket_usd: 100 } },
  });
  return {
    ...run,
    played,
    tested: () => run.told("tests_finished").map(({ on, passed }) => `${on}: ${passed ? "green" : "red"}`),
    noted: () => run.told("noted").map(({ n, about }) => `${about} in ${n}`),
    replayed: async () => await replayRun(await readRecording(store.db, run.runId), redactor([])),
  };
}

test("a feature in a repository with a red test is worked on in many edits, and comes to a pull request that is ready", async () => {
  const run = await aRun({ ticketType: "feature" });
  await run.attempt();

  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toMatchObject([{ title: "feat: Count versions", draft: false }]);
  expect(run.noted()).toEqual(["known_red in 10"]);
  // Asked in the middle of the work, and not once more for the proof.
  expect(run.tested()).toEqual(["base: red", "head: red"]);
  expect((await run.record()).evidence?.failures).toMatchObject({ known_red: [{ name: "is old" }], broken: [] });

  const told = run.played.requests[10]?.messages.at(-1);
  const text = told?.role === "tool" ? (told.results[0]?.text ?? "") : "";
  expect(text).toMatch(/\n\nNote from Nightshift: the tests that failed just now fail without your change as well\./);
  expect(text).toContain("\n- test/old.test.js: is old\n</untrusted>\n");
  expect(await run.replayed()).toEqual([{ step: "code", turns: 21, differences: [] }]);
});

test("a worker that takes the run up knows it from the record, and does not run the base again", async () => {
  const run = await aRun({ ticketType: "chore", breaksAt: 13 });
  await expect(run.attempt()).rejects.toThrow();
  expect(run.tested()).toEqual(["base: red"]);
  await run.attempt(1);

  expect(await run.status()).toBe("succeeded");
  expect(run.pulls).toMatchObject([{ draft: false }]);
  expect(run.noted()).toEqual(["known_red in 10"]);
  expect(run.tested()).toEqual(["base: red", "head: red"]);
  expect(await run.replayed()).toEqual([{ step: "code", turns: 21, differences: [] }]);
});

test("a base that cannot be looked at excuses nothing, and does not end the work", async () => {
  const run = await aRun({ ticketType: "feature" });
  const { sandboxes } = run.factory;
  const places: string[] = [];
  const create: typeof sandboxes.create = async (request, options) => {
    places.push(request.purpose);
    if (places.length === 2) throw new NightshiftError("sandbox_failed", "The engine is full.");
    return await sandboxes.create(request, options);
  };
  const factory = { ...run.factory, sandboxes: { ...sandboxes, create } };
  const events: RunEvent[] = [];
  await executeRun(run.runId, factory, {
    ...{ signal: new AbortController().signal, attempt: 0, lastAttempt: false },
    listen: (_, event) => void events.push(event),
  });

  expect(places).toEqual(["work", "verify", "verify", "verify"]);
  expect(events).toContainEqual({
    type: "warned",
    message: "The tests could not be run on the base: The engine is full.",
  });
  expect(events.flatMap((event) => (event.type === "noted" ? [event.about] : []))).toEqual([
    "no_progress",
    "known_red",
  ]);
  expect(await run.status()).toBe("succeeded");
});

test("what the ticket is about is not excused: a bug whose red test stays red ends as it did", async () => {
  const run = await aRun({ ticketType: "bug", body: "`test/old.test.js` is red." });
  await run.attempt();
  expect(run.noted()).toEqual(["no_progress in 10"]);
  expect(await run.status()).toBe("needs_human");
  expect((await run.record()).turns).toBe(16);
  // The base was looked at for it, and not again for the proof.
  expect(run.tested()).toEqual(["base: red", "head: red"]);
  expect(await run.replayed()).toMatchObject([{ turns: 16, differences: [] }]);
});
