import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import type { SandboxProvider } from "../../../src/domain/sandbox.ts";
import { type ReadyRequest, readySandbox } from "../../../src/execution/sandboxes/ready-sandbox.ts";
import { processProvider } from "../../../src/sandbox/process/process-provider.ts";
import type { Store } from "../../../src/store/open-store.ts";
import { aFactory } from "../../support/a-factory.ts";
import { type BareMirror, bareMirror } from "../../support/bare-mirror.ts";
import { paperForge } from "../../support/paper-forge.ts";
import { type PaperSnapshots, paperSnapshots } from "../../support/paper-snapshots.ts";
import { playedModel } from "../../support/played-model.ts";
import { testDatabase } from "../../support/test-database.ts";

const { signal } = new AbortController();
const owner = `test-${randomUUID()}`;
let store: Store;
let repository: BareMirror;
const git = (...args: string[]) => execFileSync("git", ["-C", repository.path, ...args], { encoding: "utf8" }).trim();

beforeAll(async () => {
  store = await testDatabase();
  repository = bareMirror({ "a.txt": "a\n" });
});
afterAll(async () => {
  repository[Symbol.dispose]();
  await store[Symbol.asyncDispose]();
});

/** What makes sandboxes ready on this machine, where a snapshot is a clone of the mirror as it was when it was kept. */
function aMaker(snapshots: PaperSnapshots, over: Partial<SandboxProvider> = {}) {
  const events: RunEvent[] = [];
  const sha = git("rev-parse", "main");
  const mirror = { path: repository.path, defaultBranch: "main", headSha: sha };
  const sandboxes: SandboxProvider = { ...processProvider({ owner }), snapshots, ...over };
  const factory = aFactory({ db: store.db, forge: paperForge(mirror), model: playedModel([]), sandboxes });
  const tell = async (event: RunEvent) => void events.push(event);
  const context = { factory, lease: { runId: "run-1", lease: 1 }, signal, tell };
  const preparation = { setup: "echo set up >b.txt", image: null, dependenciesOnly: true, key: "key" };
  const repo = { owner: "Acme", name: "shop", installationId: 7 };
  const ready = (changes: Partial<ReadyRequest> = {}) =>
    readySandbox(context, { repo, mirror, sha, baseSha: sha, preparation, purpose: "work", ...changes });
  return { ready, events, sha };
}

test("a branch whose place others have taken does not make a snapshot useless", async () => {
  git("branch", "feature", "main");
  const provider = processProvider({ owner });
  const { ready, events, sha } = aMaker(paperSnapshots(), {
    async create(request, options) {
      const sandbox = await provider.create(request, options);
      const line = `git clone --quiet --shared "${repository.path}" . && git checkout --quiet -B change`;
      if (request.snapshot) await sandbox.run({ line, timeoutMs: 30_000 }, options);
      git("update-ref", "-d", "refs/heads/feature");
      git("branch", "--force", "feature/one", "main");
      return sandbox;
    },
    snapshots: {
      ...paperSnapshots(),
      find: async () => ({ key: "key", repository: "acme/shop", sha: "f".repeat(40), reference: "kept" }),
    },
  });
  const { sandbox } = await ready();
  await using _ = sandbox;
  expect(events).toMatchObject([{ type: "sandbox_started", from: "snapshot" }]);
  const refs = "git for-each-ref --format='%(refname:lstrip=2) %(objectname)' refs/remotes";
  const { output } = await sandbox.run({ line: refs, timeoutMs: 30_000 }, { signal });
  expect(output).toBe(`origin/feature/one ${sha}\norigin/main ${sha}\n`);
});

test("an engine that does not answer drops no snapshot", async () => {
  const snapshots = paperSnapshots();
  const { ready, events } = aMaker(snapshots, {
    create: async () => {
      throw new NightshiftError("sandbox_unavailable", "No container engine answers.", { retryable: true });
    },
    snapshots: {
      ...snapshots,
      find: async () => ({ key: "key", repository: "acme/shop", sha: "f".repeat(40), reference: "kept" }),
      drop: () => expect.unreachable("dropped"),
    },
  });
  await expect(ready()).rejects.toMatchObject({ code: "sandbox_unavailable", retryable: true });
  expect(events).toEqual([]);
});

const submodule = (mirror: string) => ({ within: ".", name: "lib", path: "lib", from: { mirror } });

test("a snapshot is found only by who may read the same submodules, and none is kept while a part is missing", async () => {
  const snapshots = paperSnapshots();
  const { ready } = aMaker(snapshots);
  const kept = async (parts: NonNullable<ReadyRequest["parts"]>) => {
    const before = snapshots.kept.length;
    const { sandbox } = await ready({ parts });
    await sandbox[Symbol.asyncDispose]();
    return snapshots.kept.slice(before);
  };
  const none = { submodules: [], lfsFiles: [], warnings: [] };
  const names = [
    ...(await kept(none)),
    ...(await kept({ ...none, submodules: [submodule("modules/acme/lib.git")] })),
    ...(await kept({ ...none, submodules: [submodule("modules/acme/other.git")] })),
  ];
  expect(new Set(names.map(({ key }) => key)).size).toBe(3);
  expect(new Set(names.map(({ repository }) => repository)).size).toBe(3);
  expect(await kept({ ...none, warnings: ["The submodule lib is not fetched."] })).toEqual([]);
});
