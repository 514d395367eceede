import { expect, test } from "vitest";
import { z } from "zod";
import { accept } from "../../../src/store/accept.ts";
import { fenced } from "../../../src/store/fence.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { getRun, takeRun } from "../../../src/store/runs.ts";
import { findStep, saveStep } from "../../../src/store/steps.ts";
import { aDelivery, anIntent } from "../../support/an-intent.ts";
import { testDatabase } from "../../support/test-database.ts";

test("a worker that is frozen inside a transaction keeps its run from nobody, and goes on without it", async () => {
  await using store = await testDatabase();
  await using frozen = await openStore(store.url, { connections: 1, idleTransactionMs: 50 });
  const accepted = await accept(store.db, aDelivery("frozen"), anIntent({ issue: 1 }), async () => undefined);
  if (accepted.status !== "queued") return expect.unreachable(accepted.status);
  const { runId } = accepted;
  const lease = (await takeRun(frozen.db, runId))?.lease ?? 0;

  const holding = Promise.withResolvers<void>();
  const thawing = Promise.withResolvers<void>();
  const transaction = frozen.db.transaction().execute(async (tx) => {
    await fenced(tx, { runId, lease });
    holding.resolve();
    await thawing.promise;
    await saveStep(tx, { runId, lease }, "late", true);
  });
  const ended = expect(transaction).rejects.toThrow();
  await holding.promise;
  expect(await takeRun(store.db, runId)).toMatchObject({ lease: lease + 1 });
  thawing.resolve();
  await ended;

  expect(await findStep(store.db, runId, "late", z.boolean())).toBeUndefined();
  expect(await getRun(frozen.db, runId)).toMatchObject({ lease: lease + 1 });
});
