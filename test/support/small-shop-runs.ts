import { afterAll, beforeAll } from "vitest";
import type { Forge } from "../../src/domain/forge.ts";
import type { AssistantMessage } from "../../src/domain/message.ts";
import type { Store } from "../../src/store/open-store.ts";
import { aQueuedRun } from "./a-queued-run.ts";
import { type BareMirror, bareMirror } from "./bare-mirror.ts";
import { modelsOf } from "./models-of.ts";
import { aCall, calling, playedModel } from "./played-model.ts";
import { smallShop } from "./small-shop.ts";
import { testDatabase } from "./test-database.ts";

/** What a coder does in the small shop. */
export const bash = (command: string) => calling(aCall("bash", { command }));
export const submit = calling(aCall("submit", { title: "Add up", what: "It adds up.", why: "It did not." }));
export const mend = bash('sed -i "s/a + b, 1) - 2/a + b, 0)/" sum.js');

/** Runs in the small shop whose coder costs nothing, each on an issue of its own, the first after `issue`. */
export function smallShopRuns(issue: number) {
  let store: Store;
  let repository: BareMirror;
  let last = issue;
  beforeAll(async () => {
    store = await testDatabase();
    repository = bareMirror(smallShop);
  });
  afterAll(async () => {
    repository[Symbol.dispose]();
    await store[Symbol.asyncDispose]();
  });
  return {
    store: () => store,
    /** A run whose coder replies so; nothing has attempted it yet. */
    async queued(replies: readonly AssistantMessage[], of: { readonly says: object; readonly forge: Partial<Forge> }) {
      last += 1;
      const model = playedModel(replies, { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 });
      const run = await aQueuedRun({ store, repository, issue: last, models: modelsOf(model), ...of });
      return { ...run, model, issue: last };
    },
  };
}
