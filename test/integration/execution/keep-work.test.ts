import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { EnsureBranch } from "../../../src/domain/forge.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aQueuedRun } from "../../support/a-queued-run.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { modelsOf } from "../../support/models-of.ts";
import { aCall, calling, playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

let store: Store;
let repository: BareMirror;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "right\n" });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

test("a stop after a worker's death keeps what the round under way had done", async () => {
  const once = playedModel([calling(aCall("bash", { command: "echo half > a.txt" }))]);
  const dying = {
    ...once,
    complete: async (...args: Parameters<typeof once.complete>) => {
      if (once.requests.length === 1) throw new NightshiftError("model_unavailable", "Gone.", { retryable: true });
      return await once.complete(...args);
    },
  };
  const says = { test: "true", triage: "never" };
  const settings = { budget: { ticket_usd: 100 } };
  const pushed: EnsureBranch[] = [];
  const forge = { ensureBranch: async (request: EnsureBranch) => void pushed.push(request) };
  const run = await aQueuedRun({ store, repository, issue: 1, models: modelsOf(dying), says, settings, forge });
  await expect(run.attempt()).rejects.toMatchObject({ code: "model_unavailable" });
  await store.db.updateTable("runs").set({ stopAskedBy: "bob" }).where("id", "=", run.runId).execute();
  await run.attempt(1);

  expect(await run.status()).toBe("cancelled");
  expect(run.comment()).toContain("Stopped by @bob. What was done until then is on the branch");
  expect(pushed).toHaveLength(1);
  const folder = await mkdtemp(join(tmpdir(), "kept-"));
  const bundle = join(folder, "change.bundle");
  await writeFile(bundle, pushed[0]?.change.bundle ?? "");
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", repository.path, ...args], { encoding: "utf8" });
  git("fetch", "--quiet", bundle, "refs/heads/change");
  expect(git("show", "FETCH_HEAD:a.txt")).toBe("half\n");
  await rm(folder, { recursive: true });
});
