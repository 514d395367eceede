import { afterAll, beforeAll } from "vitest";
import type { AssistantMessage } from "../../src/domain/message.ts";
import type { Model } from "../../src/domain/model.ts";
import { redactor } from "../../src/domain/redact.ts";
import { readRecording } from "../../src/execution/record/read-recording.ts";
import { replayRun } from "../../src/execution/record/replay-run.ts";
import type { Store } from "../../src/store/open-store.ts";
import { aQueuedRun, type QueuedRunParts } from "./a-queued-run.ts";
import { type BareMirror, bareMirror } from "./bare-mirror.ts";
import { modelsOf } from "./models-of.ts";
import { aCall, calling, type PlayedModel, playedModel, saying } from "./played-model.ts";
import { testDatabase } from "./test-database.ts";

/** Runs of a hybrid, the small model first, then the large one, on issues of their own of one repository. */
export function hybridRuns() {
  let store: Store;
  let repository: BareMirror;
  let issue = 1000;
  beforeAll(async () => {
    store = await testDatabase();
    // Green as long as nobody writes "wrong".
    const test = "for i in $(seq 60); do echo line $i; done; ! grep -n wrong a.txt";
    repository = bareMirror({ "a.txt": "empty\n", "package.json": JSON.stringify({ scripts: { test } }) });
  });
  afterAll(async () => {
    repository[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
  });
  return {
    store: () => store,
    replayed: async (runId: string) => await replayRun(await readRecording(store.db, runId), redactor([])),
    async aHybrid(
      code: readonly [Model, ...Model[]],
      of: Partial<QueuedRunParts> & { readonly triage?: PlayedModel } = {},
    ) {
      issue += 1;
      const { triage = easy(), settings, ...more } = of;
      // The longest answer would cost 16 USD.
      const rich = { budget: { ticket_usd: 100 }, ...settings };
      const models = modelsOf({ code, triage: [triage], planning: code, review: code });
      const run = await aQueuedRun({ store, repository, issue, models, settings: rich, ...more });
      return { ...run, issue };
    },
  };
}

const tenth = { input: 0, output: 1000, cacheRead: 0, cacheWrite: 0 };
export const write = (text: string) => calling(aCall("bash", { command: `echo ${text} > a.txt` }));
export const look = calling(aCall("bash", { command: "git status --short && cat a.txt" }));
export const submit = (title: string, confidence?: number) =>
  calling(aCall("submit", { title, what: `${title}.`, why: "It was wanted.", ...(confidence && { confidence }) }));
export const wrong = (title: string) => [write("wrong"), submit(title)];

export const small = (...replies: readonly AssistantMessage[]) => playedModel(replies, tenth, "local/small");
export const large = (...replies: readonly AssistantMessage[]) => playedModel(replies, tenth, "claude/large");
/** Who answers so, in this order; without an answer it must not be asked. */
export const judge = (...texts: readonly string[]) =>
  playedModel(
    texts.map((text) => saying(text)),
    tenth,
    "local/judge",
  );
export const easy = () => judge('{"type":"bug","complexity":0.2,"reason":"One place."}');

export const firstWords = (model: PlayedModel, request = 0) => {
  const [opening] = model.requests[request]?.messages ?? [];
  return opening?.role === "user" ? opening.text : "";
};

/** The events that say why a run went on as it did. */
export const decisions = ["assessed", "refining", "escalated"] as const;
