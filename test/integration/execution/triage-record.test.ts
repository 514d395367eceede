import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { textOf } from "../../../src/domain/message.ts";
import type { Model } from "../../../src/domain/model.ts";
import { redactor } from "../../../src/domain/redact.ts";
import { exportRun } from "../../../src/execution/record/export-run.ts";
import { readRecording } from "../../../src/execution/record/read-recording.ts";
import { replayRun } from "../../../src/execution/record/replay-run.ts";
import { ensembleOf } from "../../../src/models/ensemble.ts";
import { modelScript } from "../../../src/playground/model/model-script.ts";
import { scriptOf } from "../../../src/playground/model/script-of.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { listTurns } from "../../../src/store/turns.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel, saying } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
let issue = 12_000;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "empty\n" });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

const keep = redactor([]);
const free = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
const verdict = '{"type":"bug","complexity":0.2,"reason":"One place.","files":["a.txt"]}';
const coder = () =>
  playedModel(
    [
      calling(aCall("bash", { command: "echo right > a.txt" })),
      calling(aCall("submit", { title: "Write it", what: "It is written.", why: "It was wanted." })),
    ],
    free,
    "local/coder",
  );

/** A run that is judged first, by this model. */
async function aJudgedRun(judge: Model) {
  issue += 1;
  const code = coder();
  const models = modelsOf({ code: [code], triage: [judge], planning: [code], review: [code] });
  return await aQueuedRun({
    store,
    repository,
    issue,
    models,
    says: { test: "true", triage: "always", plan: "never" },
  });
}

test("what the triage was asked and answered is recorded, replayed, exported, and said again by a script", async () => {
  const run = await aJudgedRun(playedModel([saying("Easy."), saying(verdict)], free, "local/judge"));
  await run.attempt();
  expect(await run.status()).toBe("succeeded");

  const [opening, first, second] = await listTurns(store.db, run.runId, "triage");
  expect(opening?.messages).toMatchObject([{ text: expect.stringContaining('<untrusted source="issue title">') }]);
  expect(first?.messages).toMatchObject([
    { content: [{ text: "Easy." }] },
    { role: "user", text: expect.stringContaining("the answer is not JSON") },
  ]);
  expect(second?.messages).toMatchObject([{ content: [{ text: verdict }] }]);
  expect(await run.record()).toMatchObject({ turns: 4 });

  const recording = await readRecording(store.db, run.runId);
  expect(await replayRun(recording, keep)).toEqual([
    { step: "triage", turns: 2, differences: [] },
    { step: "code", turns: 2, differences: [] },
  ]);
  const script = modelScript.parse(scriptOf(recording.conversations, keep));
  expect(
    script.conversations.map(({ when, turns }) => [when, turns.map(({ reply }) => reply.answer ?? reply.text)]),
  ).toEqual([
    [
      { system_includes: [expect.stringMatching(/^You judge tickets/)], first_includes: [], later_includes: [] },
      ["Easy.", JSON.parse(verdict)],
    ],
    [{ system_includes: [], first_includes: ["Solve this ticket."], later_includes: [] }, [undefined, undefined]],
  ]);

  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "nightshift-triage-"));
  parts.defer(() => rm(folder, { recursive: true }));
  await exportRun(store.db, run.runId, folder, { redact: keep, writeDiff: async () => false });
  const written = await readFile(join(folder, "turns/triage.md"), "utf8");
  expect(written).toMatch(/^# triage: 2 turns, .*You judge tickets.*JSON of this form:.*> Easy\..*> \{"type":"bug"/s);
});

test("a replay says where the triage would be asked otherwise, or its answer be taken otherwise", async () => {
  const run = await aJudgedRun(playedModel([saying(verdict)], free, "local/judge"));
  await run.attempt();
  const recording = await readRecording(store.db, run.runId);
  const [triage] = recording.conversations;
  const [turn] = triage?.turns ?? [];
  if (triage === undefined || turn === undefined) return expect.unreachable();
  const replayed = async (change: object) => {
    const conversations = [{ ...triage, turns: [{ ...turn, ...change }] }];
    return (await replayRun({ ...recording, conversations }, keep))[0]?.differences;
  };
  const head = { ...turn.head, answer: { name: "answer", schema: { type: "object" } } };
  expect(await replayed({ head })).toMatchObject([{ part: "form of the answer", fromTurn: 1, toTurn: 1 }]);
  expect(await replayed({ reply: saying("Easy.") })).toEqual([
    { part: "answer", fromTurn: 1, toTurn: 1, recorded: ["taken"], today: ["asked for again"] },
  ]);
  const results = { role: "user", text: "Again." } as const;
  const twice = {
    ...triage,
    turns: [
      { ...turn, results },
      { ...turn, n: 2 },
    ],
  };
  expect(await replayRun({ ...recording, conversations: [twice] }, keep)).toMatchObject([
    { differences: [{ part: "answer", fromTurn: 2, today: ["answered before this turn"] }] },
  ]);
});

test("an answer that was paid before the worker died is not asked for again", async () => {
  const played = playedModel([saying("Easy."), saying(verdict)], free, "local/judge");
  let dies = true;
  const run = await aJudgedRun({
    ...played,
    complete: async (request, options) => {
      if (request.messages.length > 1 && dies) {
        dies = false;
        throw new Error("The worker dies.");
      }
      return await played.complete(request, options);
    },
  });
  await expect(run.attempt()).rejects.toThrow("The worker dies.");
  await run.attempt(1);
  expect(await run.status()).toBe("succeeded");
  expect(played.requests.map(({ messages }) => messages.length)).toEqual([1, 3]);
  expect(run.told("assessed")).toHaveLength(1);
});

test("what several models proposed for one answer is recorded with it", async () => {
  issue += 1;
  const code = coder();
  const [one, two] = ["one", "two"].map((name) => playedModel([saying(`From ${name}.`)], free, `local/${name}`));
  const reconciler = playedModel([saying(verdict)], free, "local/judge");
  const models = modelsOf({ code: [code], triage: [reconciler], planning: [code], review: [code] });
  const route: typeof models.route = (work, parts) =>
    work === "triage" && one && two
      ? ensembleOf({
          ...parts,
          ...{ models: [reconciler], alone: [reconciler], proposers: [one, two] },
          reconcile: async () => "One answer.",
        })
      : models.route(work, parts);
  const all = { ...models, route };
  const says = { test: "true", triage: "always", plan: "never" };
  const run = await aQueuedRun({ store, repository, issue, models: { ...all, forRun: () => all }, says });
  await run.attempt();
  const [, turn] = await listTurns(store.db, run.runId, "triage");
  expect(turn?.request?.proposals?.map((reply) => [reply.model, textOf(reply)])).toEqual([
    ["local/one", "From one."],
    ["local/two", "From two."],
  ]);
});
