import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseRepositorySettings } from "../../../src/config/parse-repository-settings.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { SandboxProvider } from "../../../src/domain/sandbox.ts";
import { operatorSettings } from "../../../src/domain/settings.ts";
import { prepareSnapshot } from "../../../src/execution/sandboxes/prepare-snapshot.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aFactory } from "../../support/a-factory.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { type PaperSnapshots, paperSnapshots } from "../../support/paper-snapshots.ts";
import { playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

// Other test files sweep theirs.
const owner = `test-${randomUUID()}`;

const repo = { owner: "Acme", name: "shop", installationId: 7 };
let store: Store;
let repository: BareMirror;
let sha: string;
beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "a\n" });
  sha = execFileSync("git", ["-C", repository.path, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

/** A preparation of a repository whose default branch holds these settings. */
function aPreparation(of: {
  readonly settings: string;
  readonly snapshots?: PaperSnapshots;
  readonly sandboxes?: Partial<SandboxProvider>;
  readonly budgetMb?: number;
}) {
  const { snapshots = paperSnapshots(), settings, budgetMb = 5 } = of;
  const events: RunEvent[] = [];
  const forge = paperForge(
    { path: repository.path, defaultBranch: "main", headSha: sha },
    {
      // The default branch is in the mirror already: asking GitHub for its settings would be a request for nothing.
      readFile: () => expect.unreachable("asked over the network"),
      committedFiles: async () => ({
        hashes: new Map([["a.txt", "1"]]),
        read: async (path) => (path === ".github/nightshift.yml" ? settings : undefined),
      }),
    },
  );
  const sandboxes: SandboxProvider = { ...processProvider({ owner }), snapshots, ...of.sandboxes };
  const factory = {
    ...aFactory({ db: store.db, forge, model: playedModel([]), sandboxes }),
    parseRepositorySettings,
    settings: operatorSettings.parse({ sandbox: { snapshots_mb: budgetMb } }),
  };
  return {
    snapshots,
    events,
    types: () => events.map(({ type }) => type),
    prepare: (signal = new AbortController().signal) =>
      prepareSnapshot(repo, factory, { signal, tell: async (event) => void events.push(event) }),
  };
}

test("the set-up of the default branch is run at its newest commit, kept within the budget, and not run again", async () => {
  const { prepare, snapshots, types, events } = aPreparation({ settings: "setup: cp a.txt b.txt\n" });
  expect(await prepare()).toBe("kept");
  expect(snapshots.kept).toEqual([{ key: expect.any(String), repository: "acme/shop", sha, reference: "kept 0" }]);
  expect(snapshots.trims).toEqual([5]);
  expect(types()).toEqual(["sandbox_started", "setup_finished", "sandbox_removed"]);
  expect(events[0]).toMatchObject({ purpose: "prepare", from: "scratch" });

  expect(await prepare()).toBe("kept already");
  expect(snapshots.kept).toHaveLength(1);
  expect(types()).toHaveLength(3);
});

test("another set-up is another snapshot", async () => {
  const { snapshots, prepare } = aPreparation({ settings: "setup: 'true'\n" });
  await prepare();
  const other = aPreparation({ settings: "setup: 'true && true'\n", snapshots });
  expect(await other.prepare()).toBe("kept");
  expect(new Set(snapshots.kept.map(({ key }) => key)).size).toBe(2);
});

test("a set-up that fails is not kept, and its sandbox is removed", async () => {
  const { snapshots, prepare, types } = aPreparation({ settings: "setup: echo no such package; exit 3\n" });
  await expect(prepare()).rejects.toMatchObject({
    code: "sandbox_failed",
    retryable: false,
    message: expect.stringMatching(/failed with exit code 3.*no such package/s),
  });
  expect(snapshots.kept).toEqual([]);
  expect(types()).toEqual(["sandbox_started", "setup_finished", "sandbox_removed"]);
});

test("settings that cannot be used are said, and start nothing", async () => {
  const { prepare, types } = aPreparation({ settings: "setpu: npm ci\n" });
  await expect(prepare()).rejects.toMatchObject({ code: "bad_settings", message: expect.stringContaining("setpu") });
  expect(types()).toEqual([]);
});

test("where nothing is kept there is nothing to do, not even a fetch", async () => {
  const create = () => expect.unreachable("a sandbox was made");
  const none = aPreparation({ settings: "", budgetMb: 0, sandboxes: { create } });
  expect(await none.prepare()).toBe("unsupported");
  const { snapshots: _, ...bare } = processProvider({ owner });
  const forge = paperForge(
    { path: "", defaultBranch: "", headSha: "" },
    { mirror: () => expect.unreachable("fetched") },
  );
  const factory = aFactory({ db: store.db, forge, model: playedModel([]), sandboxes: bare });
  const { signal } = new AbortController();
  expect(await prepareSnapshot(repo, factory, { signal, tell: async () => undefined })).toBe("unsupported");
});

test("its sandbox is in use for every sweep until it ends, however it ends", async () => {
  const alive: boolean[] = [];
  const leftOver: Parameters<SandboxProvider["sweep"]>[0][] = [];
  const provider = processProvider({ owner });
  const { prepare } = aPreparation({
    settings: "setup: exit 1\n",
    sandboxes: {
      sweep: async (isAlive) => {
        leftOver.push(isAlive);
        return 0;
      },
      create: async (request, options) => {
        const sandbox = await provider.create(request, options);
        for (const isAlive of leftOver) alive.push(await isAlive(request.runId, request.lease));
        return sandbox;
      },
    },
  });
  await expect(prepare()).rejects.toThrow();
  expect(alive).toEqual([true]);
  expect(await store.db.selectFrom("preparations").select("id").execute()).toEqual([]);
});

test("a snapshot that is larger than the budget by itself is said", async () => {
  const snapshots = paperSnapshots();
  const trim = async () => snapshots.kept.splice(0);
  const { prepare, events } = aPreparation({ settings: "setup: 'true'\n", snapshots: { ...snapshots, trim } });
  await prepare();
  expect(events.at(-1)).toMatchObject({ type: "warned", message: expect.stringContaining("`sandbox.snapshots_mb`") });
});
