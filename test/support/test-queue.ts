import { expect } from "vitest";
import { openQueue, type Queue } from "../../src/queue/queue.ts";
import type { Store } from "../../src/store/open-store.ts";
import { testDatabase } from "./test-database.ts";

/** A queue in a database of its own, that must not have troubles; both end when it is disposed of. */
export async function testQueue(): Promise<{ readonly store: Store; readonly queue: Queue } & AsyncDisposable> {
  const store = await testDatabase();
  const queue = await openQueue(store.url, { onError: (error) => expect.unreachable(String(error)) });
  return {
    store,
    queue,
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
